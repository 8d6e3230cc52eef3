/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that can only be read, beneath one's own: which there are. */
#ifndef MICA_DISK_ALSO_H
#define MICA_DISK_ALSO_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

struct also_path {
    char *path;
    bool must; /* named for this call: it is an error when it is missing */
};
struct also_list {
    struct also_path *paths;
    size_t n;
};
/* Of $MICA_ALSO (paths separated by colons, first), and of the configuration. Free it in any case. */
int also_list_read(struct also_list *ret, struct err *err);
void also_list_free(struct also_list *l);

#endif
