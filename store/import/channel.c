/* SPDX-License-Identifier: Apache-2.0 */
#include "import/channel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct channel {
    pthread_mutex_t lock; /* guards all members below, but not the buffers' bytes, which one side owns */
    pthread_cond_t filled, emptied;
    size_t n, size;
    size_t sent, released; /* counts; sent - released buffers are full or being read */
    size_t received;       /* between the two */
    bool ended, abandoned;
    int status;
    uint8_t *bytes;
    size_t lengths[];
};

struct channel *channel_new(unsigned buffers, size_t size)
{
    struct channel *c = calloc(1, sizeof(*c) + buffers * sizeof(c->lengths[0]));

    if (!c)
        return NULL;
    /* Page-aligned, so that the kernel's copies are aligned too. */
    if (posix_memalign((void **)&c->bytes, 4096, buffers * size) != 0) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->filled, NULL);
    pthread_cond_init(&c->emptied, NULL);
    c->n = buffers;
    c->size = size;
    return c;
}

void channel_free(struct channel *c)
{
    if (!c)
        return;
    pthread_cond_destroy(&c->emptied);
    pthread_cond_destroy(&c->filled);
    pthread_mutex_destroy(&c->lock);
    free(c->bytes);
    free(c);
}

void *channel_reserve(struct channel *c)
{
    void *ret = NULL;

    pthread_mutex_lock(&c->lock);
    while (!c->abandoned && c->sent - c->released == c->n)
        pthread_cond_wait(&c->emptied, &c->lock);
    if (!c->abandoned)
        ret = c->bytes + (c->sent % c->n) * c->size;
    pthread_mutex_unlock(&c->lock);
    return ret;
}

void channel_commit(struct channel *c, size_t len)
{
    pthread_mutex_lock(&c->lock);
    c->lengths[c->sent % c->n] = len;
    c->sent++;
    pthread_cond_signal(&c->filled);
    pthread_mutex_unlock(&c->lock);
}

void channel_end(struct channel *c, int status)
{
    pthread_mutex_lock(&c->lock);
    c->ended = true;
    c->status = status;
    pthread_cond_signal(&c->filled);
    pthread_mutex_unlock(&c->lock);
}

ssize_t channel_receive(struct channel *c, const void **ret)
{
    ssize_t n;

    pthread_mutex_lock(&c->lock);
    if (c->released != c->received) {
        c->released = c->received;
        pthread_cond_signal(&c->emptied);
    }
    while (c->received == c->sent && !c->ended)
        pthread_cond_wait(&c->filled, &c->lock);
    if (c->received == c->sent) {
        n = c->status;
    } else {
        *ret = c->bytes + (c->received % c->n) * c->size;
        n = (ssize_t)c->lengths[c->received % c->n];
        c->received++;
    }
    pthread_mutex_unlock(&c->lock);
    return n;
}

void channel_abandon(struct channel *c)
{
    pthread_mutex_lock(&c->lock);
    c->abandoned = true;
    pthread_cond_signal(&c->emptied);
    pthread_mutex_unlock(&c->lock);
}
