/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the content of a file of a live layer, which may change meanwhile. */
#ifndef MICA_STACK_STACK_OPEN_H
#define MICA_STACK_STACK_OPEN_H

#include <sys/stat.h>

#include "stack/stack_place.h"

/* Opens a regular file of an open directory of layer `layer` for reading, without a change of its time of
 * access where permitted. Returns a descriptor with the file's stat(2), or a negative errno: -ESTALE if it is
 * not a regular file. */
int stack_open_regular(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                       struct stat *ret_st);

#endif
