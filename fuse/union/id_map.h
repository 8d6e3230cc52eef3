/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owners on disk, and owners that a mount shows.
 *
 * Layers and branches hold the ids that an image says, a container's; a container engine gives a container a
 * range of the host's. The mount shows those, and takes them back: nothing on disk has to be changed. Or it
 * shows everything as one owner's ("squashed"), whatever is on disk. Pure.
 */
#ifndef MICA_UNION_ID_MAP_H
#define MICA_UNION_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"

#define ID_UNMAPPED   65534u /* what the kernel shows for what it cannot say, too */
#define ID_MAP_RANGES 340    /* as many as a user namespace can have */

struct id_range {
    uint32_t disk, shown, n;
};

/* {0}: all ids are shown as they are. */
struct id_map {
    struct id_range *ranges; /* owned */
    size_t n;
    bool squashed;
    uint32_t squashed_to;
};

/* Takes DISK:SHOWN:N in decimal, any number of times with colons between them and perhaps one in front; no
 * text is no mapping. Replaces the ranges of *m. -EINVAL with a line in `err` for what is no such text, has
 * no ids in a range or too many, or says of an id twice what it is. `option` is for the line. */
int id_map_parse(struct id_map *m, const char *option, const char *text, size_t len, struct err *err);
void id_map_clear(struct id_map *m);

/* What is shown for an id on disk: ID_UNMAPPED where nothing is said of it; for an owner, it may be
 * squashed. */
uint32_t id_map_show(const struct id_map *m, uint32_t disk);
uint32_t id_map_show_owner(const struct id_map *m, uint32_t disk);
/* The id that somebody means who sees the mount. -EOVERFLOW where nothing is said of it, as in the kernel's
 * idmapped mounts. Of what is squashed it knows nothing. */
int id_map_take(const struct id_map *m, uint32_t shown, uint32_t *ret);

/* The same for the ids of a POSIX access list, which are never squashed: who is one of several that may do
 * different things cannot be the owner. *value is as in system.posix_acl_*; what is not well-formed is left
 * as it is. _take gives -EINVAL for an id of which nothing is said, and then value is spoilt. */
void id_map_show_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);
int id_map_take_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);

/* Leaves out of a list the entries for ids of which nothing is said, and for -1, by which the kernel means
 * one that it cannot say. Returns the new size. */
size_t id_map_known_acl(const struct id_map *uids, const struct id_map *gids, void *value, size_t size);

/*
 * The same for the id in a file's capabilities: they are for the root of whom the mount is for. `value` is at
 * most ID_MAP_CAP_SIZE bytes, as security.capability has them, and has room for as many; returns the new
 * size, or that of what is not well-formed and stays as it is. Root who is nobody in the mount gives
 * capabilities to its root, as everything else that he makes.
 *
 * _show gives -ENODATA where nothing is said of the id: then they are for nobody. _take: -EINVAL.
 */
#define ID_MAP_CAP_SIZE 24
ssize_t id_map_show_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size);
ssize_t id_map_take_cap(const struct id_map *uids, char value[ID_MAP_CAP_SIZE], size_t size);

#endif
