/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of one directory of the upper, in memory: entries and whiteouts. Pure.
 *
 * Each name has an increasing number that serves as its cookie, so that a listing continues at its place
 * while names come and go. After NAMES_NUMBER_MAX names the numbers start again.
 */
#ifndef MICA_UNION_NAMES_H
#define MICA_UNION_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
    uint64_t number;    /* 1, 2, 3, ... in the order of creation */
    uint64_t upper_ino; /* of the entry; 0 for a whiteout */
    uint64_t ino;       /* st_ino to show, 0 if not known yet */
    uint32_t hash;
    uint8_t type; /* DT_* of the entry; DT_UNKNOWN: of a file that is no directory, and not looked up yet */
    bool whiteout;
    bool in_tree; /* the tree has the name as well: its removal needs a whiteout */
    uint8_t len;  /* 1 .. 255 */
    char text[];  /* NUL-terminated */
};

/* Cookies have 31 bits for it (cookie.h). */
#ifndef NAMES_NUMBER_MAX
#define NAMES_NUMBER_MAX ((1ull << 30) - 3)
#endif

struct names;

struct names *names_new(void);    /* NULL without memory */
void names_free(struct names *n); /* NULL-safe */

/* Reserve room, so that the next names_add cannot fail. Call before changing the disk. -ENOMEM. */
int names_reserve(struct names *n);

/* Find a name, or NULL. */
struct name *names_find(const struct names *n, const char *text);

/* Add a name, or return the existing one, for the caller to fill in. NULL without memory; after names_reserve
 * only the name's own allocation can fail. */
struct name *names_add(struct names *n, const char *text);
void names_remove(struct names *n, struct name *name); /* frees it */

/* Find the first name whose number is `number` or higher, or NULL. */
struct name *names_from(const struct names *n, uint64_t number);

/* Begin a listing: it covers the names added so far. */
void names_begin_listing(struct names *n);
/* Highest number when the latest listing began; 0 before the first. */
uint64_t names_listed(const struct names *n);

/* Number of entries, without whiteouts. */
size_t names_count(const struct names *n);

#endif
