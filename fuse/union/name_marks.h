/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Form of a branch on a file system without attributes for marks (tmpfs before Linux 6.6 for all but the
 * machine's root, kernel overlayfs before 6.7, ramfs): names are marks, as in fuse-overlayfs, which can use
 * the directory again.
 *
 *   `.wh.NAME`            NAME is removed from the layers below; on file systems with device nodes a whiteout
 *                         can also be a device 0:0 called NAME
 *   `.wh..wh..opq`        in a directory: opaque
 *   `.wh..wh.mica`        in the upper's root: the branch has this form, on any later mount
 *   `.wh..wh.mica.ino`    in the upper's root: a symbolic link to the inode number to show, in hexadecimal
 *
 * The first three are empty files of mode 0700 with one link (foreign_form.h); any other file of such a name
 * is an ordinary one. Names that begin with `.wh.` cannot be given through the mount (branch_takes_name).
 *
 * A name and its whiteout are two entries here, so that some atomic steps become two: the whiteout is made
 * before its name is removed, and removed after its name is made. If a crash leaves both, the name counts,
 * and nothing below is merged with it. A directory that replaces one changes places with it: a crash before the
 * other is removed leaves that, which shows nothing, under the old name.
 *
 * There are no redirects and no metacopies. Inode numbers of copied-up files are kept in sidecars (aside.h);
 * on a file system without times of birth such a file takes the copy's number.
 */
#ifndef MICA_UNION_NAME_MARKS_H
#define MICA_UNION_NAME_MARKS_H

#include "union/branch.h"

/* Decide whether a branch with these directories has this form: noted, or forced by its file system. Fails if
 * an earlier mount has left marks in attributes that cannot be read now. Uses the descriptors and user_xattrs
 * only. */
int name_marks_choose(const struct branch_config *config, bool *ret, struct err *err);
/* Does the upper have the note? */
bool name_marks_noted(int upper_fd);
/* Write the note to the upper, whose times stay. */
int name_marks_note(const struct branch *b);

/* As branch_mark_set and branch_mark_get. Marks without a name in this form are neither kept nor found. */
int name_mark_set(struct where w, enum branch_mark mark, const void *value, size_t len);
ssize_t name_mark_get(struct where w, enum branch_mark mark, void *value, size_t size);

/* Kind of a directory entry. */
enum name_entry {
    NAME_ENTRY_FILE,  /* an ordinary name */
    NAME_ENTRY_GONE,  /* hides another name (*ret_removed, a part of `name`) */
    NAME_ENTRY_UNSEEN /* a mark, or AUFS's own: not shown */
};
/* Returns the kind, or a negative errno. */
int name_entry(int dirfd, const char *name, const char **ret_removed);

#endif
