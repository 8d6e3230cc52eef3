/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a branch whose file system has no attributes for marks (tmpfs before Linux 6.6 for all but the
 * machine's root, kernel overlayfs before 6.7, ramfs): what marks say is said by names, as fuse-overlayfs
 * does, which can have the directory back.
 *
 *   `.wh.NAME`            NAME is gone below; or it is a device 0:0 called NAME, where the file system makes
 * those
 *   `.wh..wh..opq`        in a directory: nothing of the layers below shows in it
 *   `.wh..wh.mica`        in the upper's root: the branch has this form, wherever it is mounted next
 *   `.wh..wh.mica.ino`    in the upper's root: a symbolic link to the inode number to show, in hexadecimal
 *
 * The first three are empty files of mode 0700 with one name (foreign_form.h); whatever else is called so is
 * somebody's file. As names that begin with `.wh.` mean something, none is given through the mount
 * (branch_takes_name).
 *
 * A name and its whiteout are two entries here, so that what is one step elsewhere takes two: the whiteout
 * comes before its name goes, and goes after its name has come. Where both are there, after a crash, the name
 * is there, and nothing below merges with it.
 *
 * There are no redirects and no metacopies. Inode numbers of files that were copied up are kept aside
 * (aside.h); where the file system does not know when files were made, such a file has the copy's number from
 * then on.
 */
#ifndef MICA_UNION_NAME_MARKS_H
#define MICA_UNION_NAME_MARKS_H

#include "union/branch.h"

/* Is a branch with these directories to have this form: it has, or its file system leaves no choice? Refused
 * where an earlier mount has left marks in attributes that cannot be read now. Looks at descriptors and
 * user_xattrs alone. */
int name_marks_choose(const struct branch_config *config, bool *ret, struct err *err);
/* Does the upper say so? */
bool name_marks_noted(int upper_fd);
/* Says so in the upper, whose times stay. */
int name_marks_note(const struct branch *b);

/* As branch_mark_set and branch_mark_get. What this form has no name for is not kept, and not there. */
int name_mark_set(struct where w, enum branch_mark mark, const void *value, size_t len);
ssize_t name_mark_get(struct where w, enum branch_mark mark, void *value, size_t size);

/* What an entry of a directory is. */
enum name_entry {
    NAME_ENTRY_FILE,  /* a name like any other */
    NAME_ENTRY_GONE,  /* says that another name (*ret_removed, a part of `name`) is gone */
    NAME_ENTRY_UNSEEN /* a mark, or AUFS's own: no name of the union */
};
/* The kind, or a negative errno. */
int name_entry(int dirfd, const char *name, const char **ret_removed);

/* Makes the whiteout of a name, -ENAMETOOLONG where that would be too long, and removes it, if it is there.
 */
int name_whiteout_make(struct branch *b, int dirfd, const char *name);
void name_whiteout_remove(int dirfd, const char *name);
/* Is the name itself free, so that its whiteout is one of these? */
bool name_whiteout_is_beside(const struct branch *b, int dirfd, const char *name);

/* As branch_cover_by_whiteout, branch_replace_by_whiteout and branch_move_leaving_whiteout. */
int name_whiteout_cover(struct branch *b, int dirfd, const char *name);
int name_whiteout_replace(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX]);
int name_whiteout_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX]);
/* The same without leaving a whiteout: directories are not renamed over one another, since even an empty one
 * may hold marks, but change places, and the old one is *ret then. */
int name_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX]);

#endif
