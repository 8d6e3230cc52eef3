/* SPDX-License-Identifier: Apache-2.0 */
#include "import/posix_acl.h"

#include <archive.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

enum { USER_OBJ = 0x01, USER = 0x02, GROUP_OBJ = 0x04, GROUP = 0x08, MASK = 0x10, OTHER = 0x20 };

#define VERSION  2u
#define NO_ID    UINT32_MAX
#define MAX_ACES 4096 /* a value has at most 65536 bytes, an entry 8 */

struct ace { /* the form on disk, in this machine's byte order */
    uint16_t tag, perm;
    uint32_t id;
};

static uint16_t tag_of(int archive_tag)
{
    switch (archive_tag) {
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
        return USER_OBJ;
    case ARCHIVE_ENTRY_ACL_USER:
        return USER;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
        return GROUP_OBJ;
    case ARCHIVE_ENTRY_ACL_GROUP:
        return GROUP;
    case ARCHIVE_ENTRY_ACL_MASK:
        return MASK;
    case ARCHIVE_ENTRY_ACL_OTHER:
        return OTHER;
    default:
        return 0;
    }
}

/* The kernel's order, with ascending ids. */
static int compare_aces(const void *a, const void *b)
{
    const struct ace *x = a, *y = b;

    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Collects the entries of one type. False if they form no ACL; a mask is found in any case. */
static bool collect(struct archive_entry *e, int type, struct ace *aces, int *ret_n, uint32_t *ret_mask)
{
    int n = 0, got_type, perm, tag, id;
    bool whole = true;
    const char *name;

    while (archive_entry_acl_next(e, type, &got_type, &perm, &tag, &id, &name) == ARCHIVE_OK) {
        struct ace a = {.tag = tag_of(tag), .perm = (uint16_t)(perm & 7), .id = NO_ID};

        if (a.tag == MASK)
            *ret_mask = a.perm;
        if (a.tag == USER || a.tag == GROUP) {
            /* libarchive also maps larger numbers to INT_MAX. */
            whole = whole && id >= 0 && id < INT_MAX;
            a.id = (uint32_t)id;
        }
        whole = whole && a.tag != 0 && n < MAX_ACES;
        if (whole)
            aces[n++] = a;
    }
    *ret_n = n;
    return whole;
}

/* Ensures one entry each for owner, group, others and mask (computed if needed, as acl_calc_mask(3) does),
 * and no duplicate. */
static bool complete(struct ace *aces, int *n, uint32_t *ret_mask)
{
    unsigned have = 0, group_class = 0;

    for (int i = 0; i < *n; i++) {
        have |= aces[i].tag;
        if (aces[i].tag & (USER | GROUP_OBJ | GROUP))
            group_class |= aces[i].perm;
    }
    if ((have & (USER_OBJ | GROUP_OBJ | OTHER)) != (USER_OBJ | GROUP_OBJ | OTHER))
        return false;
    if ((have & (USER | GROUP)) && !(have & MASK)) {
        if (*n == MAX_ACES)
            return false;
        aces[(*n)++] = (struct ace){.tag = MASK, .perm = (uint16_t)group_class, .id = NO_ID};
        *ret_mask = group_class;
    }
    qsort(aces, (size_t)*n, sizeof(*aces), compare_aces);
    for (int i = 1; i < *n; i++) {
        if (compare_aces(&aces[i - 1], &aces[i]) == 0)
            return false;
    }
    return true;
}

static int put(struct buf *ret, const struct ace *aces, int n)
{
    uint32_t version = htole32(VERSION);
    int r = buf_append(ret, &version, sizeof(version));

    for (int i = 0; i < n && r == 0; i++) {
        struct ace a = {htole16(aces[i].tag), htole16(aces[i].perm), htole32(aces[i].id)};

        r = buf_append(ret, &a, sizeof(a));
    }
    return r < 0 ? r : 1;
}

int posix_acl_value(struct archive_entry *e, int type, struct buf *ret, uint32_t *ret_mask)
{
    struct ace *aces;
    int count = archive_entry_acl_reset(e, type), n = 0, r = 0;

    if (count <= (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? 3 : 0))
        return 0;
    aces = calloc(MAX_ACES, sizeof(*aces));
    if (!aces)
        return -ENOMEM;
    if (collect(e, type, aces, &n, ret_mask) && complete(aces, &n, ret_mask))
        r = put(ret, aces, n);
    free(aces);
    return r;
}
