/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of a stack tree and their directories.
 *
 * A place is one directory of one layer, known by its name in the place above it, up to the layer's root. It
 * holds no descriptor: a tree may know more directories than a process may have open. A descriptor is found
 * in a bounded cache, or made by opening names one after the other from the nearest place that is open; so no
 * symbolic link is followed, no path leaves the layer, and paths may be as deep as they like.
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
    /* The directory that it was when it was found; set before the place is shared. */
    dev_t dev;
    ino_t ino;
    /* The directory is marked to hold whiteouts in the attribute form. Set before the place is shared. */
    bool xattr_whiteouts;
    char name[];
};

struct stack_layers {
    unsigned n;
    int *fds;             /* the layers' roots, topmost first */
    bool *crosses;        /* of each: it has no mount of its own, so names in it may be mount points */
    uint8_t *overridden;  /* of each: bits of the attributes that have owners, modes and types (override.h) */
    unsigned n_visible;   /* the layers that are not hidden by an opaque root above them */
    bool owned;           /* closed with the rest */
    struct place **roots; /* the same as places */
    dev_t *devs;          /* the different st_dev of them, in this order, and of a branch's upper
                             directory; for inode numbers */
    unsigned n_devs;
    struct own {
        dev_t dev;
        ino_t ino;
    } own[3]; /* directories that layers do not show */
    unsigned n_own;
    struct fd_cache *cache; /* of places and of files' contents, each under a key of its own */
    atomic_uint_fast64_t ids;
    /* trusted.* can be used here. If so, user.overlay.redirect and .metacopy do not count: whoever may write
     * a file could show another's content under its own mode with them. */
    bool trusted;
    bool no_redirects; /* stack_options */
};

struct stack_options;

/* Copies the array `fds`, but the descriptors are the caller's until `owned` is set. */
int stack_layers_open(const int *fds, unsigned n, const struct stack_options *options,
                      struct stack_layers **ret, struct err *err);
void stack_layers_close(struct stack_layers *l);

/* Is it a directory that layers do not show (stack_options)? */
bool stack_is_own(const struct stack_layers *l, dev_t dev, ino_t ino);

/* A directory `name` in `up`, whose reference is not taken. One reference is the caller's. NULL without
 * memory. */
struct place *place_new(struct stack_layers *l, struct place *up, const char *name, size_t len);
struct place *place_ref(struct place *p);
void place_unref(struct stack_layers *l, struct place *p); /* NULL is fine */
/* Are they the same directory, by the same names and marks? */
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
