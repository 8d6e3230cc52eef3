/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of a tree. */
#ifndef MICA_VERIFY_STACK_H
#define MICA_VERIFY_STACK_H

#include <stddef.h>

#include "image/digest.h"
#include "os/err.h"
#include "tree/index.h"

struct stack {
    struct digest *ids; /* DiffIDs, bottom first */
    size_t n;
};
/* Reads the table of layers of a tree. -EUCLEAN with a line if it is damaged, or has another ChainID. */
int stack_of_tree(const struct index *ix, const struct digest *chain_id, struct stack *ret, struct err *err);
void stack_free(struct stack *s);

#endif
