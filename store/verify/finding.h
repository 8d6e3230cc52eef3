/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERIFY_FINDING_H
#define MICA_VERIFY_FINDING_H

#include "verify/check.h"

/* Records why the check cannot go on; only the first reason counts. Returns `r`. */
int check_failed(struct check *c, int r, const char *what);
/* Is this errno a fault of the machine rather than of the object? */
bool check_is_trouble(int r);

/* Adds a finding; `d` may be NULL. Escapes the reason's control characters. Thread-safe. */
void check_note(struct check *c, enum verify_fault fault, enum verify_object object, const struct digest *d,
                const char *path, const char *reason, ...) __attribute__((format(printf, 6, 7)));
/* Adds a finding about an object, and sets its state; `below` is the file in a layer's directory, or NULL. */
void check_note_object(struct check *c, struct object *o, enum verify_fault fault, const char *below,
                       const char *reason, ...) __attribute__((format(printf, 5, 6)));

/* Sorts the findings, and lists the affected images and branches of each. */
int check_end(struct check *c);

#endif
