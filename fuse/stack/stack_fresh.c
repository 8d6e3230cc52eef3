/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_fresh.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int listing_slot_init(struct listing_slot *s)
{
    s->list = NULL;
    if (pthread_mutex_init(&s->loading, NULL) != 0)
        return -ENOMEM;
    if (pthread_mutex_init(&s->lock, NULL) == 0)
        return 0;
    pthread_mutex_destroy(&s->loading);
    return -ENOMEM;
}

void listing_slot_clear(struct listing_slot *s)
{
    listing_unref(s->list);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->loading);
}

static struct listing *get(struct listing_slot *s)
{
    pthread_mutex_lock(&s->lock);
    struct listing *list = s->list ? listing_ref(s->list) : NULL;
    pthread_mutex_unlock(&s->lock);
    return list;
}

/* Takes a reference of its own. */
static void put(struct listing_slot *s, struct listing *list)
{
    pthread_mutex_lock(&s->lock);
    struct listing *old = s->list;
    s->list = listing_ref(list);
    pthread_mutex_unlock(&s->lock);
    listing_unref(old);
}

static bool is_recent(const struct listing *list, double timeout)
{
    int64_t right = atomic_load_explicit(&list->right, memory_order_relaxed);
    return (double)(listing_clock() - right) < timeout * 1000;
}

struct listing *listing_recent(struct listing_slot *s, double timeout)
{
    struct listing *list = get(s);
    if (list && is_recent(list, timeout))
        return list;
    listing_unref(list);
    return NULL;
}

/* The item of a name: the one at `hint` if it has the name, else by binary search. NULL: none. */
static const struct listing_item *item_of(const struct listing *list, const char *name, size_t len,
                                          uint64_t hint)
{
    if (hint < list->n) {
        const struct listing_item *item = &list->items[hint];
        if (item->len == len && memcmp(list->names + item->offset, name, len) == 0)
            return item;
    }
    return listing_find(list, name, len);
}

int listing_recent_place(struct listing_slot *s, double timeout, const char *name, size_t len, uint64_t hint,
                         unsigned *ret)
{
    struct listing *list = listing_recent(s, timeout);
    *ret = 0;
    if (!list)
        return 0;
    const struct listing_item *item = item_of(list, name, len, hint);
    if (item)
        *ret = item->place;
    listing_unref(list);
    return item ? 0 : -ENOENT;
}

/* Do all places have the times recorded before the listing was read? */
static bool is_unchanged(struct stack_layers *l, const struct listing *list, struct place *const *places,
                         unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct place_fd fd;
        struct stat st = {.st_ino = 0};
        int r = place_open(l, places[i], &fd);
        if (r == 0) {
            r = fstat(fd.fd, &st) < 0 ? -errno : 0;
            place_close(l, &fd);
        } else if (r == -ENOENT || r == -ENOTDIR) {
            r = 0; /* unchanged if it was missing then, too */
        }
        if (r < 0 || !listing_stamp_is(&list->stamps[i], &st))
            return false;
    }
    return true;
}

static bool is_right(struct stack_layers *l, struct listing *list, struct place *const *places, unsigned n,
                     double timeout)
{
    if (isinf(timeout))
        return true;
    int64_t now = listing_clock();
    if (!list->settled && !is_recent(list, timeout))
        return false;
    if (!is_unchanged(l, list, places, n))
        return false;
    if (list->settled)
        atomic_store_explicit(&list->right, now, memory_order_relaxed);
    return true;
}

bool listing_is_right(struct stack_layers *l, struct listing_slot *s, struct listing *list,
                      struct place *const *places, unsigned n, double timeout)
{
    struct listing *current = get(s);
    bool right = list == current && is_right(l, list, places, n, timeout);
    listing_unref(current);
    return right;
}

int listing_take(struct stack_layers *l, struct listing_slot *s, struct place *const *places, unsigned n,
                 bool begins, double timeout, struct listing **ret)
{
    struct listing *list = get(s);
    if (list && (!begins || isinf(timeout))) {
        *ret = list;
        return 0;
    }
    listing_unref(list);
    pthread_mutex_lock(&s->loading);
    list = get(s);
    int r = 0;
    if (!list || (begins && !is_right(l, list, places, n, timeout))) {
        listing_unref(list);
        r = listing_make(l, places, n, &list);
        if (r == 0)
            put(s, list);
    }
    pthread_mutex_unlock(&s->loading);
    if (r == 0)
        *ret = list;
    return r;
}
