/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a layer that later layers replace or remove. */
#ifndef MICA_VIEWS_HIDDEN_NAMES_H
#define MICA_VIEWS_HIDDEN_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"
#include "tree/index.h"

/* One bit per record in the layer's table of names. */
struct hidden_names {
    uint64_t *bits;
    uint64_t n;
};

/* Finds the hidden names of `layer` in a stack, and the directories above them. A directory with a new record in a later
 * layer is hidden only if that layer hides its contents, too. Reads the directories that the layer has, in all
 * layers. Call hidden_names_clear in every case. -ENOMEM; -EUCLEAN or an error of a hard link, with a line in `err`. */
int hidden_names_find(const struct index *const *layers, uint32_t n, uint32_t layer, struct hidden_names *ret,
                      struct err *err);
void hidden_names_clear(struct hidden_names *h);

static inline bool hidden_names_has(const struct hidden_names *h, uint64_t at)
{
    return at < h->n && h->bits[at / 64] >> at % 64 & 1;
}

#endif
