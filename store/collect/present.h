/* SPDX-License-Identifier: Apache-2.0 */
/* Lists a store's objects, and the foreign files in it (store/FORMAT.md). */
#ifndef MICA_COLLECT_PRESENT_H
#define MICA_COLLECT_PRESENT_H

#include "collect/collect.h"

struct present {
    struct collect_object *objects; /* without sizes */
    size_t n;
    char **foreign;
    size_t n_foreign;
};

/* 0 or a negative errno with a line. Free *ret in any case. */
int present_list(struct store *s, struct present *ret, struct err *err);
void present_free(struct present *p);

#endif
