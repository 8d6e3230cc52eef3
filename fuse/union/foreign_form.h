/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Form of fuse-overlayfs's own files. Pure.
 *
 * Without device nodes it records the removal of NAME by an empty file `.wh.NAME`, and it always makes an
 * empty `.wh..wh..opq` beside the mark of an opaque directory. Both have mode 0700, one link and no
 * attributes, and its mounts refuse such names to programs. A file that differs was put there by somebody and
 * is an ordinary file.
 *
 * The form alone proves nothing, as anybody can make such a file. The upper must also hold something that
 * only fuse-overlayfs leaves: an attribute user.fuseoverlayfs.*, which it sets on each file that it copies up
 * and, without privilege, on each opaque directory; or an opaque directory that holds its `.wh..wh..opq`,
 * which neither the kernel nor mica makes.
 */
#ifndef MICA_UNION_FOREIGN_FORM_H
#define MICA_UNION_FOREIGN_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum foreign_name {
    FOREIGN_NONE,    /* an ordinary name */
    FOREIGN_REMOVES, /* `.wh.NAME` */
    FOREIGN_OPAQUE,  /* `.wh..wh..opq` */
};

/* Does the file have that form? */
bool foreign_is_empty_mark(const struct stat *st);
/* Classify a file of that form by its name. ret_removed: NAME, a part of `name`. Does not look at
 * attributes. */
enum foreign_name foreign_form(const char *name, const struct stat *st, const char **ret_removed);

/* Does the list of attribute names (NUL-terminated, `len` bytes) hold one that only fuse-overlayfs sets? */
bool foreign_attributes_prove(const char *list, size_t len);
/* Does the list hold no attribute set by a person or by mica (MARK_NAME)? Labels of the machine's policy and
 * inherited access lists are set automatically and do not count. */
bool foreign_attributes_none(const char *list, size_t len);

#endif
