/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that are in a store, and the files in it that are not mica's (store/FORMAT.md). */
#ifndef MICA_COLLECT_PRESENT_H
#define MICA_COLLECT_PRESENT_H

#include "collect/collect.h"

struct present {
    struct collect_object *objects; /* sizes are not filled in */
    size_t n;
    char **foreign;
    size_t n_foreign;
};

/* 0 or a negative errno with a line. Free it in any case. */
int present_list(struct store *s, struct present *ret, struct err *err);
void present_free(struct present *p);

/* Bytes on the disk of an object. */
int present_size(struct store *s, struct collect_object *o, struct err *err);

#endif
