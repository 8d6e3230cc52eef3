/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the marks of union file systems (whiteout.h) from a file's xattrs in a live directory. */
#ifndef MICA_STACK_STACK_MARKS_H
#define MICA_STACK_STACK_MARKS_H

#include <stdbool.h>

#include "tree/whiteout.h"

struct marks {
    enum overlay_opaque opaque;
    char *redirect; /* NULL for none; owned by the caller */
};

/* Read the marks of directory `name`. `trusted`: see stack_layers.trusted. A redirect that cannot be followed
 * inside a layer gives -EUCLEAN. */
int marks_read(int dirfd, const char *name, bool trusted, struct marks *ret);

/* Is the regular file `name` a metacopy? 1 (and *ret_redirect as above), 0 or an error. */
int marks_metacopy(int dirfd, const char *name, bool trusted, char **ret_redirect);

#endif
