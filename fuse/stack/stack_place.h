/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers of a stack tree, and their directories.
 *
 * A place is one directory of one layer, known by its name in its parent, up to the layer's root. It holds no
 * descriptor: a tree may have more directories than a process may have descriptors. Descriptors come from a
 * bounded cache, or are opened name by name from the nearest open parent; so no symbolic link is followed, no
 * path leaves the layer, and paths may be of any depth.
 */
#ifndef MICA_STACK_STACK_PLACE_H
#define MICA_STACK_STACK_PLACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/err.h"
#include "os/fd_cache.h"

struct place {
    struct place *up; /* a reference; NULL for a layer's root */
    uint64_t id;
    atomic_uint refs;
    uint16_t layer;
    /* Identity at the first lookup; set before the place is shared. */
    dev_t dev;
    ino_t ino;
    /* The directory is marked to hold whiteouts in the attribute form. Set before the place is shared. */
    bool xattr_whiteouts;
    char name[];
};

struct stack_layers {
    unsigned n;
    int *fds;             /* the layers' roots, topmost first */
    bool *crosses;        /* per layer: no mount of its own, so names in it may be mount points */
    uint8_t *overridden;  /* per layer: bits of the attributes with owners, modes and types (override.h) */
    unsigned n_visible;   /* layers not hidden by an opaque root */
    bool owned;           /* the descriptors are closed with the rest */
    struct place **roots; /* the layers' roots as places */
    /* distinct st_dev of the roots, in this order, then of a branch's upper directory; for inode numbers */
    dev_t *devs;
    unsigned n_devs;
    struct own {
        dev_t dev;
        ino_t ino;
    } own[3]; /* directories hidden from layers */
    unsigned n_own;
    struct fd_cache *cache; /* of places and of files' contents, under different keys */
    atomic_uint_fast64_t ids;
    /* trusted.* is usable. Then user.overlay.redirect and .metacopy are ignored: a writer of a file could use
     * them to show another's content under its own mode. */
    bool trusted;
    bool no_redirects; /* see stack_options */
};

struct stack_options;

/* Create a place `name` in `up` (takes a new reference on it). The caller gets one reference. NULL without
 * memory. */
struct place *place_new(struct stack_layers *l, struct place *up, const char *name, size_t len);
struct place *place_ref(struct place *p);
void place_unref(struct stack_layers *l, struct place *p); /* NULL-safe */
/* Are they the same directory, with the same names and marks? */
bool place_same(const struct place *a, const struct place *b);

/* An O_PATH descriptor of a place, valid until place_close. */
struct place_fd {
    int fd;
    struct fd_cache_entry *entry;
};

int place_open(struct stack_layers *l, struct place *p, struct place_fd *ret);
void place_close(struct stack_layers *l, struct place_fd *fd);

/* Keys of the cache. */
static inline uint64_t place_key(uint64_t place_id)
{
    return place_id << 1;
}
static inline uint64_t content_key(uint64_t node_id)
{
    return node_id << 1 | 1;
}

#endif
