/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_STACK_STACK_LAYERS_H
#define MICA_STACK_STACK_LAYERS_H

#include "stack/stack_place.h"

/* Copies the array `fds`; the descriptors stay the caller's until `owned` is set. */
int stack_layers_open(const int *fds, unsigned n, const struct stack_options *options,
                      struct stack_layers **ret, struct err *err);
void stack_layers_close(struct stack_layers *l);

/* Is it a directory hidden from layers (stack_options)? */
bool stack_is_own(const struct stack_layers *l, dev_t dev, ino_t ino);

#endif
