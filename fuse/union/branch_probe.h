/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features of a branch's file system, tried out when the branch is opened. A missing feature is either
 * replaced, in one place each, or prevents the mount: no later call fails for it.
 *
 *   attributes (trusted.*, or user.*)   else marks are names (name_marks.h)
 *   RENAME_EXCHANGE, hard links         required: directories and whiteouts change places; links of layers
 *   RENAME_NOREPLACE                    else branch_move_new looks first: nobody else writes there
 *   RENAME_WHITEOUT                     else branch_move_leaving_whiteout and branch_replace_by_whiteout
 *                                       exchange
 *   whiteouts as devices                else as empty files with an attribute (branch_whiteout_alone), as
 *                                       on another union
 *   O_TMPFILE                           else fd_unnamed removes a name; open(2) with O_TMPFILE gives
 *                                       EOPNOTSUPP as on that file system
 */
#ifndef MICA_UNION_BRANCH_PROBE_H
#define MICA_UNION_BRANCH_PROBE_H

#include "union/branch.h"

/* Fill in the fields of `b` that describe its file system. Uses one directory in the work directory, which
 * the next mount removes if this daemon is killed. *ret_gives: the daemon can change owners of files. */
int branch_probe(struct branch *b, bool *ret_gives, struct err *err);

#endif
