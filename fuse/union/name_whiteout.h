/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_NAME_WHITEOUT_H
#define MICA_UNION_NAME_WHITEOUT_H

#include "union/name_marks.h"

/* Make the whiteout of a name, -ENAMETOOLONG if it would be too long; or remove it, if it exists. */
int name_whiteout_make(struct branch *b, int dirfd, const char *name);
void name_whiteout_remove(int dirfd, const char *name);
/* Is the name itself free, so that its whiteout is an entry beside it? 1, 0 or an error. */
int name_whiteout_is_beside(const struct branch *b, int dirfd, const char *name);

/* As branch_cover_by_whiteout, branch_replace_by_whiteout and branch_move_leaving_whiteout. */
int name_whiteout_cover(struct branch *b, int dirfd, const char *name);
int name_whiteout_replace(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX]);
int name_whiteout_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX]);
/* As name_whiteout_move, without leaving a whiteout. Directories are exchanged, not renamed over, as even an
 * empty one may hold marks; the old one is *ret then. */
int name_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX]);

#endif
