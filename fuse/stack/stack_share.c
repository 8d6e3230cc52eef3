/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_share.h"

#include <stdlib.h>

struct listing_share {
    pthread_mutex_t lock; /* never held over a system call */
    struct listing *list; /* that the kernel may have a copy of; NULL: none. A reference */
    unsigned readers;
};

struct listing_share *listing_share_new(void)
{
    struct listing_share *s = calloc(1, sizeof(*s));
    if (s && pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return NULL;
    }
    return s;
}

void listing_share_free(struct listing_share *s)
{
    if (!s)
        return;
    listing_unref(s->list);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct listing *listing_share_get(struct listing_share *s)
{
    pthread_mutex_lock(&s->lock);
    struct listing *list = s->list ? listing_ref(s->list) : NULL;
    pthread_mutex_unlock(&s->lock);
    return list;
}

struct listing *listing_share_set(struct listing_share *s, struct listing *list)
{
    struct listing *other = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->list)
        other = listing_ref(s->list);
    else
        s->list = listing_ref(list);
    pthread_mutex_unlock(&s->lock);
    if (!other)
        return list;
    listing_unref(list);
    return other;
}

enum tree_share listing_share_open(struct stack_layers *l, struct listing_share *s, struct listing_slot *slot,
                                   struct place *const *places, unsigned n, double timeout)
{
    struct listing *old = listing_share_get(s), *drop = NULL;
    bool right = old && listing_is_right(l, slot, old, places, n, timeout);
    enum tree_share how = TREE_SHARE_ANEW;
    pthread_mutex_lock(&s->lock);
    if (right && s->list == old) {
        how = TREE_SHARE_KEPT;
    } else if (s->readers == 0) {
        drop = s->list;
        s->list = NULL;
    } else if (s->list) {
        how = TREE_SHARE_NONE;
    }
    if (how != TREE_SHARE_NONE)
        s->readers++;
    pthread_mutex_unlock(&s->lock);
    listing_unref(old);
    listing_unref(drop);
    return how;
}

void listing_share_close(struct listing_share *s)
{
    pthread_mutex_lock(&s->lock);
    s->readers--;
    pthread_mutex_unlock(&s->lock);
}
