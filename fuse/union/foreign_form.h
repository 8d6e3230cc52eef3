/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what fuse-overlayfs's own files are known. Pure.
 *
 * Where it cannot make devices it says by an empty file `.wh.NAME` that NAME is gone, and beside the mark of
 * an opaque directory it always makes an empty `.wh..wh..opq`. It makes both for itself alone (mode 0700),
 * with one name and without attributes, and lets nobody give a file such a name through its mount. A file
 * that is anything else has been put there by somebody, and is a name like any other.
 *
 * The form alone proves nothing, as anybody can make such a file. Elsewhere in the upper there must be what
 * fuse-overlayfs alone leaves: an attribute user.fuseoverlayfs.*, which it sets on each file that it copies
 * up and, without privilege, on each opaque directory; or an opaque directory that holds its `.wh..wh..opq`,
 * which neither the kernel nor mica makes.
 */
#ifndef MICA_UNION_FOREIGN_FORM_H
#define MICA_UNION_FOREIGN_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum foreign_name {
    FOREIGN_NONE,    /* a name like any other */
    FOREIGN_REMOVES, /* `.wh.NAME` */
    FOREIGN_OPAQUE,  /* `.wh..wh..opq` */
};

/* Has a file that form? */
bool foreign_is_empty_mark(const struct stat *st);
/* What the file's name says, if the file has the form. ret_removed: NAME, a part of `name`. The file's
 * attributes are another matter. */
enum foreign_name foreign_form(const char *name, const struct stat *st, const char **ret_removed);

/* Has a file with this list of attributes (NUL-terminated names, `len` bytes) one that fuse-overlayfs alone
 * sets? */
bool foreign_attributes_prove(const char *list, size_t len);
/* Has it none that a person, or mica (MARK_NAME), has given it? The machine's policy and an access list that
 * is inherited may have come by themselves. */
bool foreign_attributes_none(const char *list, size_t len);

#endif
