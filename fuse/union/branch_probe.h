/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the file system of a branch can do, tried out when the branch is opened. What is missing is either
 * done in another way, in one place each, or is a reason not to mount: no call fails later for it.
 *
 *   attributes (trusted.*, or user.*)   else marks are names (name_marks.h)
 *   RENAME_EXCHANGE, hard links         needed: directories and whiteouts change places; links of layers
 *   RENAME_NOREPLACE                    else branch_move_new looks first: nobody else writes there
 *   RENAME_WHITEOUT                     else branch_move_leaving_whiteout and branch_replace_by_whiteout
 * exchange whiteouts as devices                else as empty files with an attribute (branch_whiteout_alone),
 * as on another union O_TMPFILE                           else fd_unnamed removes a name; open(2) with it
 * says EOPNOTSUPP as it does there
 */
#ifndef MICA_UNION_BRANCH_PROBE_H
#define MICA_UNION_BRANCH_PROBE_H

#include "union/branch.h"

/* Fills in what `b` says of its file system. All is tried in one directory in the work directory, which the
 * next mount removes if this daemon is killed. *ret_gives: the daemon may give files away. */
int branch_probe(struct branch *b, bool *ret_gives, struct err *err);

#endif
