/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERIFY_SCAN_H
#define MICA_VERIFY_SCAN_H

#include "verify/check.h"

/* Returns NULL if the object is not in the store. */
struct object *check_find(const struct check *c, enum object_kind kind, const struct digest *d);

/* Lists the store's objects; adds findings for objects of the wrong file type and for foreign names. */
int check_scan(struct check *c);
/* Lists only the objects of the needs. */
int check_list_needed(struct check *c);
/* Adds a finding for every needed object that is missing. */
void check_missing(struct check *c);

#endif
