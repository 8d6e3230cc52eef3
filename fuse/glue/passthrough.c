/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/passthrough.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* <linux/fuse.h> of 7.40. */
struct backing_map {
    int32_t fd;
    uint32_t flags;
    uint64_t padding;
};
#define BACKING_OPEN  _IOW(229, 1, struct backing_map)
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

#define CHAINS 4096u

/* A node with open files. */
struct open_node {
    struct open_node *next;
    uint64_t node;
    uint64_t opens;
    int32_t backing; /* 0: opens are cached */
    bool writes;     /* an open is for writing */
};

struct passthrough {
    int fuse_fd;
    pthread_mutex_t lock;
    struct open_node *chains[CHAINS];
};

struct passthrough *passthrough_new(int fuse_fd)
{
    struct passthrough *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->fuse_fd = fuse_fd;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void passthrough_free(struct passthrough *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < CHAINS; i++) {
        struct open_node *n = p->chains[i];

        while (n) {
            struct open_node *next = n->next;

            free(n);
            n = next;
        }
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* Find the link of the node, or the place for it. */
static struct open_node **find(struct passthrough *p, uint64_t node)
{
    struct open_node **at = &p->chains[(node ^ node >> 32) % CHAINS];

    while (*at && (*at)->node != node)
        at = &(*at)->next;
    return at;
}

/* Get a backing id from the kernel, or 0 if it refuses the file, for example on a stacked file system. */
static int32_t back(const struct passthrough *p, int fd)
{
    struct backing_map map = {.fd = fd};
    int id = fd < 0 ? 0 : ioctl(p->fuse_fd, BACKING_OPEN, &map);

    return id > 0 ? id : 0;
}

/* Find or add the node's entry, and count an open; NULL without memory. */
static struct open_node *add(struct passthrough *p, uint64_t node, int fd)
{
    struct open_node **at = find(p, node);

    if (!*at) {
        *at = calloc(1, sizeof **at);
        if (!*at)
            return NULL;
        (*at)->node = node;
        (*at)->backing = back(p, fd);
    }
    (*at)->opens++;
    return *at;
}

int passthrough_open(struct passthrough *p, uint64_t node, bool writes, int fd, enum open_how *ret,
                     int32_t *ret_backing)
{
    struct open_node *n;

    pthread_mutex_lock(&p->lock);
    n = add(p, node, fd);
    if (n) {
        *ret_backing = n->backing;
        if (!n->backing)
            *ret = n->opens == 1 && fd >= 0 ? OPEN_CACHED_ANEW : OPEN_CACHED;
        else
            *ret = writes && !n->writes ? OPEN_STRAIGHT_WRITES : OPEN_STRAIGHT;
        n->writes |= writes;
    }
    pthread_mutex_unlock(&p->lock);
    return n ? 0 : -ENOMEM;
}

void passthrough_close(struct passthrough *p, uint64_t node)
{
    struct open_node **at, *n;

    pthread_mutex_lock(&p->lock);
    at = find(p, node);
    n = *at;
    if (n && --n->opens == 0) {
        if (n->backing)
            ioctl(p->fuse_fd, BACKING_CLOSE, &n->backing);
        *at = n->next;
        free(n);
    }
    pthread_mutex_unlock(&p->lock);
}

bool passthrough_writes(struct passthrough *p, uint64_t node)
{
    const struct open_node *n;
    bool writes;

    if (!p)
        return false;
    pthread_mutex_lock(&p->lock);
    n = *find(p, node);
    writes = n && n->backing && n->writes;
    pthread_mutex_unlock(&p->lock);
    return writes;
}
