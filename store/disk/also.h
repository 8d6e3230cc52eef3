/* SPDX-License-Identifier: Apache-2.0 */
/* The list of read-only stores beneath the user's own. */
#ifndef MICA_DISK_ALSO_H
#define MICA_DISK_ALSO_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

struct also_path {
    char *path;
    bool must; /* named for this call: it is an error if the store is missing */
};
struct also_list {
    struct also_path *paths;
    size_t n;
};
/* Reads the paths of $MICA_ALSO (separated by colons, first), then of the configuration. Free *ret in any
 * case. */
int also_list_read(struct also_list *ret, struct err *err);
void also_list_free(struct also_list *l);

#endif
