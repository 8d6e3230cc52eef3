/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of one directory of the upper, in memory: what it shows and what it hides. Pure.
 *
 * Each name has a number that only grows, so that a listing goes on where it was while names come and go: the
 * numbers are places, not positions. Once in NAMES_NUMBER_MAX names that have come they begin anew.
 */
#ifndef MICA_UNION_NAMES_H
#define MICA_UNION_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
    uint64_t number;    /* 1, 2, 3, ... in the order of coming */
    uint64_t upper_ino; /* of what is there; 0 for a whiteout */
    uint64_t ino;       /* st_ino to show, 0 while nobody has asked */
    uint32_t hash;
    uint8_t type; /* DT_* of what is there */
    bool whiteout;
    bool in_tree; /* the tree has the name as well: removing it takes a whiteout */
    uint8_t len;  /* 1 .. 255 */
    char text[];  /* NUL-terminated */
};

/* So that a listing's place has 31 bits (cookie.h). */
#ifndef NAMES_NUMBER_MAX
#define NAMES_NUMBER_MAX ((1ull << 30) - 3)
#endif

struct names;

struct names *names_new(void);    /* NULL without memory */
void names_free(struct names *n); /* NULL-safe */

/* Makes room, so that the next names_add cannot fail: to be called before the disk is changed. -ENOMEM. */
int names_reserve(struct names *n);

/* The name, or NULL. */
struct name *names_find(const struct names *n, const char *text);

/* Adds one that is not there, or returns the one that is, for the caller to fill in. NULL without memory,
 * which cannot be after names_reserve but for the name's own. */
struct name *names_add(struct names *n, const char *text);
void names_remove(struct names *n, struct name *name); /* frees it */

/* The first name whose number is `number` or higher, or NULL. */
struct name *names_from(const struct names *n, uint64_t number);

/* A listing begins: what has come by now is for it, and what comes later is not. */
void names_begin_listing(struct names *n);
/* The highest number when the latest listing began; 0 before the first. */
uint64_t names_listed(const struct names *n);

/* How many show something. */
size_t names_count(const struct names *n);

#endif
