/* SPDX-License-Identifier: Apache-2.0 */
/* Inode numbers that a stack tree shows. */
#ifndef MICA_STACK_STACK_INO_H
#define MICA_STACK_STACK_INO_H

#include "stack/stack_place.h"

/* The number of inode `ino` of device `dev`: itself where all layers (and the upper directory) are
 * on one device, else composed with the device's place in the list of layers, so that it stays over remounts.
 * Distinct files get distinct numbers (where they do not fit in 64 bits together, as sure as a hash of 62
 * bits is). */
uint64_t stack_ino(const struct stack_layers *l, dev_t dev, ino_t ino);

/* Such a number as programs see it: of 32 bits where the inode number, and the device's place in as few bits
 * as tell the devices apart, fit into them; else of more (struct tree_ops). */
uint64_t stack_shown_ino(const struct stack_layers *l, uint64_t ino);

#endif
