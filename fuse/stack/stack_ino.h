/* SPDX-License-Identifier: Apache-2.0 */
/* Inode numbers of a stack tree. */
#ifndef MICA_STACK_STACK_INO_H
#define MICA_STACK_STACK_INO_H

#include "stack/stack_place.h"

/* Compose the number of inode `ino` of device `dev`: `ino` itself if all layers (and the upper directory) are
 * on one device, else with the device's index in the list of layers, so that it lasts over remounts. Distinct
 * files get distinct numbers; those that do not fit in 64 bits are distinct up to a collision of a 62-bit
 * hash. */
uint64_t stack_ino(const struct stack_layers *l, dev_t dev, ino_t ino);

/* Convert to the number that programs see: 32 bits if the inode number and the device's index fit, else more
 * (struct tree_ops). */
uint64_t stack_shown_ino(const struct stack_layers *l, uint64_t ino);

#endif
