/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of an image: /etc/passwd and /etc/group of its tree. */
#ifndef MICA_ACT_TREE_ACCOUNTS_H
#define MICA_ACT_TREE_ACCOUNTS_H

#include <stdbool.h>

#include "os/buf.h"
#include "tree/tree.h"

/* Gets the id of a name: of its first line with a number. -ENOENT, or an error of reading. */
int tree_account(struct tree *t, const char *name, bool group, uint32_t *ret);

/* Numbers that have a name, read once. All zero at first. */
struct tree_ids {
    bool read;
    struct buf numbers; /* uint32_t, sorted */
};
/* Has the number a name? 1, 0, or a negative errno. An image without the file has no names. */
int tree_ids_have(struct tree *t, struct tree_ids *ids, bool group, uint32_t id);
void tree_ids_free(struct tree_ids *ids);

#endif
