/* SPDX-License-Identifier: Apache-2.0 */
/* Changing branches by name, for the verb branches and for whoever made one that is to go or to stay. */
#ifndef MICA_ACT_BRANCH_EDIT_H
#define MICA_ACT_BRANCH_EDIT_H

struct store;

/* Of a branch that nobody holds. Exit statuses, after having said why. `to` must be a branch's name. */
int branch_remove_one(struct store *s, const char *name);
int branch_rename_one(struct store *s, const char *from, const char *to);

#endif
