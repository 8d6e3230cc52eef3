/* SPDX-License-Identifier: Apache-2.0 */
/* The packs of other layers in a layer's packs/: hard links, numbered from 1. Not thread-safe. */
#ifndef MICA_IMPORT_LINKED_PACKS_H
#define MICA_IMPORT_LINKED_PACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/known.h"

struct linked_packs;

/* `dirfd`, the layer's directory, is borrowed. NULL on lack of memory. */
struct linked_packs *linked_packs_new(int dirfd);
void linked_packs_free(struct linked_packs *p); /* accepts NULL */

/* Gets the number of a pack of another layer; links it at the first time. Negative errno, also for every later call
 * with that pack: the file system has no hard links or no more for this file, or the layer is gone. */
int linked_packs_get(struct linked_packs *p, struct known_layer *layer, uint32_t pack, uint32_t *ret);
/* Reads `len` bytes; -EUCLEAN if there are fewer. */
int linked_packs_read(struct linked_packs *p, uint32_t number, void *buf, size_t len, uint64_t at);
/* Records that a content of the layer is in this pack. */
void linked_packs_use(struct linked_packs *p, uint32_t number);
/* Removes the packs that are not used. `keep_directory` makes packs/ even without them; else it goes if empty. */
int linked_packs_finish(struct linked_packs *p, bool keep_directory);

#endif
