/* SPDX-License-Identifier: Apache-2.0 */
/* Remove and rename branches by name, with messages. */
#ifndef MICA_ACT_BRANCH_EDIT_H
#define MICA_ACT_BRANCH_EDIT_H

struct store;

/* Edit a branch without a lease. Returns an exit status after an error message. `to` must be a valid branch
 * name. */
int branch_remove_one(struct store *s, const char *name);
int branch_rename_one(struct store *s, const char *from, const char *to);

#endif
