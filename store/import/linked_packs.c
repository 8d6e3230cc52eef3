/* SPDX-License-Identifier: Apache-2.0 */
#include "import/linked_packs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/places_format.h"

#define OPEN_MAX_PACKS 32u /* descriptors */

/* A file in packs/. */
struct linked {
    dev_t dev;
    ino_t ino;
    int fd; /* or -1 */
    uint64_t uses;
};

/* One pack of a layer, and its number here. */
struct source {
    const struct known_layer *layer;
    uint32_t pack, number;
    int error; /* it cannot be linked */
};

struct linked_packs {
    int dirfd, packs; /* packs/ or -1 */
    struct linked *files;
    size_t n;
    struct source *sources;
    size_t n_sources;
    size_t last;              /* the source of the last call */
    size_t open_files, clock; /* the next file to be closed */
};

struct linked_packs *linked_packs_new(int dirfd)
{
    struct linked_packs *p = calloc(1, sizeof(*p));

    if (p) {
        p->dirfd = dirfd;
        p->packs = -1;
    }
    return p;
}

void linked_packs_free(struct linked_packs *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].fd >= 0)
            close(p->files[i].fd);
    if (p->packs >= 0)
        close(p->packs);
    free(p->files);
    free(p->sources);
    free(p);
}

#define NAME_SIZE 12

static void name_of(size_t number, char buf[NAME_SIZE])
{
    snprintf(buf, NAME_SIZE, "%" PRIu32, (uint32_t)number);
}

static int open_directory(struct linked_packs *p)
{
    if (p->packs >= 0)
        return 0;
    if (mkdirat(p->dirfd, "packs", 0700) < 0)
        return -errno;
    p->packs = openat(p->dirfd, "packs", O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return p->packs < 0 ? -errno : 0;
}

/* Is the file here already, by way of another layer? Returns its number or 0. */
static uint32_t find_file(const struct linked_packs *p, const struct stat *st)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].ino == st->st_ino && p->files[i].dev == st->st_dev)
            return (uint32_t)i + 1;
    return 0;
}

/* Appends the file that was just linked under the next number. */
static int add_file(struct linked_packs *p, const char *name, uint32_t *ret)
{
    struct linked *more;
    struct stat st;
    uint32_t same;

    if (fstatat(p->packs, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EUCLEAN;
    same = find_file(p, &st);
    if (same) {
        *ret = same;
        return unlinkat(p->packs, name, 0) < 0 ? -errno : 0;
    }
    more = array_room(p->files, p->n, sizeof(*more));
    if (!more)
        return -ENOMEM;
    p->files = more;
    more[p->n++] = (struct linked){.dev = st.st_dev, .ino = st.st_ino, .fd = -1};
    *ret = (uint32_t)p->n;
    return 0;
}

static int link_pack(struct linked_packs *p, struct known_layer *layer, uint32_t pack, uint32_t *ret)
{
    char name[NAME_SIZE];
    int r = p->n < PLACES_PACK_MAX ? open_directory(p) : -EMLINK;

    if (r < 0)
        return r;
    name_of(p->n + 1, name);
    r = known_link_pack(layer, pack, p->packs, name);
    if (r < 0)
        return r;
    r = add_file(p, name, ret);
    if (r < 0)
        (void)unlinkat(p->packs, name, 0);
    return r;
}

static bool is_source(const struct source *s, const struct known_layer *layer, uint32_t pack)
{
    return s->layer == layer && s->pack == pack;
}

int linked_packs_get(struct linked_packs *p, struct known_layer *layer, uint32_t pack, uint32_t *ret)
{
    struct source *more;
    uint32_t number = 0;
    int r;

    if (p->last >= p->n_sources || !is_source(&p->sources[p->last], layer, pack))
        for (p->last = 0; p->last < p->n_sources && !is_source(&p->sources[p->last], layer, pack);)
            p->last++;
    if (p->last < p->n_sources) {
        *ret = p->sources[p->last].number;
        return p->sources[p->last].error;
    }
    r = link_pack(p, layer, pack, &number);
    more = array_room(p->sources, p->n_sources, sizeof(*more));
    if (!more)
        return -ENOMEM;
    p->sources = more;
    more[p->n_sources++] = (struct source){layer, pack, number, r};
    *ret = number;
    return r;
}

static int open_file(struct linked_packs *p, uint32_t number)
{
    struct linked *f = &p->files[number - 1];
    char name[NAME_SIZE];

    if (f->fd >= 0)
        return f->fd;
    for (; p->open_files >= OPEN_MAX_PACKS; p->clock++) {
        struct linked *old = &p->files[p->clock % p->n];

        if (old->fd < 0)
            continue;
        close(steal_fd(&old->fd));
        p->open_files--;
    }
    name_of(number, name);
    f->fd = beneath_open(p->packs, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    p->open_files += f->fd >= 0;
    return f->fd;
}

int linked_packs_read(struct linked_packs *p, uint32_t number, void *buf, size_t len, uint64_t at)
{
    int fd = number >= 1 && number <= p->n ? open_file(p, number) : -EINVAL;
    ssize_t n = fd < 0 ? fd : fd_pread(fd, buf, len, at);

    if (n < 0)
        return (int)n;
    return (size_t)n < len ? -EUCLEAN : 0;
}

void linked_packs_use(struct linked_packs *p, uint32_t number)
{
    if (number >= 1 && number <= p->n)
        p->files[number - 1].uses++;
}

int linked_packs_finish(struct linked_packs *p, bool keep_directory)
{
    char name[NAME_SIZE];
    int r = keep_directory ? open_directory(p) : 0;

    for (size_t i = 0; r == 0 && i < p->n; i++) {
        name_of(i + 1, name);
        if (p->files[i].uses == 0 && unlinkat(p->packs, name, 0) < 0)
            r = -errno;
    }
    if (r == 0 && p->packs >= 0 && !keep_directory && unlinkat(p->dirfd, "packs", AT_REMOVEDIR) < 0)
        r = -errno;
    return r;
}
