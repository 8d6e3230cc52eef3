/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps between owners on disk and owners that a mount shows.
 *
 * Layers and branches hold an image's ids, which are a container's; a container engine assigns a container a
 * range of the host's. The mount shows the latter and converts them back, so that nothing on disk has to be
 * changed. Or it shows all files as one owner's ("squashed"). Pure.
 *
 * Parsing and owners: id_map.c. Access lists: id_map_acl.c. Capabilities: id_map_cap.c.
 */
#ifndef MICA_UNION_ID_MAP_H
#define MICA_UNION_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

#define ID_UNMAPPED   65534u /* the kernel's overflow id */
#define ID_MAP_RANGES 340    /* as many as in a user namespace */

struct id_range {
    uint32_t disk, shown, n;
};

/* {0}: the identity map. */
struct id_map {
    struct id_range *ranges; /* owned */
    size_t n;
    bool squashed;
    uint32_t squashed_to;
};

/* Parse DISK:SHOWN:N in decimal, any number of times with colons between and optionally in front; "" is the
 * identity. Replaces the ranges of *m. -EINVAL with a message in `err` for malformed text, an empty range,
 * too many ranges or overlapping ones. `option` names the option in the message. */
int id_map_parse(struct id_map *m, const char *option, const char *text, size_t len, struct err *err);
void id_map_clear(struct id_map *m);

/* Map an id on disk to the mount: ID_UNMAPPED outside the ranges. _owner also squashes. */
uint32_t id_map_show(const struct id_map *m, uint32_t disk);
uint32_t id_map_show_owner(const struct id_map *m, uint32_t disk);
/* Map an id of the mount to disk. -EOVERFLOW outside the ranges, as in the kernel's idmapped mounts. Ignores
 * squashing. */
int id_map_take(const struct id_map *m, uint32_t shown, uint32_t *ret);

#endif
