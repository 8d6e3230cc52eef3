/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/present.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/places.h"

/* A link to a pack in a layer's directory. */
struct pack_link {
    dev_t dev;
    ino_t ino;
    uint64_t size, disk_size, nlink;
    size_t layer; /* among the objects */
    uint32_t pack;
    bool stays; /* its layer is not removed */
    bool whole; /* all of the pack is its layer's, or the layer cannot be read */
};

struct scan {
    struct pack_link *links;
    size_t n;
};

static int add_link(struct scan *s, const struct stat *st, size_t layer, uint32_t pack, bool stays,
                    bool whole)
{
    if ((s->n & (s->n - 1)) == 0) {
        struct pack_link *more = reallocarray(s->links, s->n ? 2 * s->n : 1, sizeof *more);

        if (!more)
            return -ENOMEM;
        s->links = more;
    }
    s->links[s->n++] = (struct pack_link){.dev = st->st_dev,
                                          .ino = st->st_ino,
                                          .size = (uint64_t)st->st_size,
                                          .disk_size = (uint64_t)st->st_blocks * 512,
                                          .nlink = st->st_nlink,
                                          .layer = layer,
                                          .pack = pack,
                                          .stays = stays,
                                          .whole = whole};
    return 0;
}

static int scan_packs(struct scan *s, int dir, size_t layer, bool stays, bool readable)
{
    cleanup_dir DIR *packs = NULL;
    int r = dir_of(beneath_open(dir, "packs", O_RDONLY | O_DIRECTORY, 0), &packs), end = 0;

    for (const struct dirent *e; r == 0 && (e = dir_next(packs, &end));) {
        uint32_t number;
        struct stat st;

        if (places_is_pack_name(e->d_name, &number) &&
            fstatat(dirfd(packs), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            r = add_link(s, &st, layer, number, stays, number == PLACES_OWN_PACK || !readable);
    }
    return r == -ENOMEM ? r : 0;
}

/* -ENOMEM. */
static int scan_layer(struct scan *s, struct store *store, const struct collect_object *o, size_t number,
                      bool stays)
{
    cleanup_fd int dir = object_open(store, OBJECT_LAYER, &o->digest, NULL, NULL);
    struct places *places = NULL;
    struct stat st;
    bool readable;
    int r = 0;

    if (dir < 0)
        return 0;
    readable = places_open(dir, &places, NULL) == 0;
    places_free(places);
    if (fstatat(dir, "pack", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1)
        r = add_link(s, &st, number, PLACES_OWN_PACK, stays, true);
    return r < 0 ? r : scan_packs(s, dir, number, stays, readable);
}

static int by_file(const void *pa, const void *pb)
{
    const struct pack_link *a = pa, *b = pb;

    if (a->dev != b->dev)
        return a->dev < b->dev ? -1 : 1;
    if (a->ino != b->ino)
        return a->ino < b->ino ? -1 : 1;
    return (a->layer > b->layer) - (a->layer < b->layer);
}

/* ---- needed pages */

int orphans_needed(int layer, uint32_t pack, struct needed_range **ranges, size_t *n)
{
    struct places *places = NULL;
    size_t room = *n;
    int r = places_open(layer, &places, NULL);

    for (uint64_t i = 0; r == 0 && i < places_count(places); i++) {
        struct place p;

        r = places_get(places, i, &p);
        if (r < 0 || p.pack != pack)
            continue;
        if (*n == room) {
            struct needed_range *more = reallocarray(*ranges, room = room ? 2 * room : 64, sizeof *more);

            r = more ? 0 : -ENOMEM;
            if (!more)
                break;
            *ranges = more;
        }
        (*ranges)[(*n)++] = (struct needed_range){
            p.at / ORPHAN_PAGE * ORPHAN_PAGE, (p.at + p.size + ORPHAN_PAGE - 1) / ORPHAN_PAGE * ORPHAN_PAGE};
    }
    places_free(places);
    return r;
}

static int by_offset(const void *pa, const void *pb)
{
    const struct needed_range *a = pa, *b = pb;

    return (a->from > b->from) - (a->from < b->from);
}

size_t orphans_merge(struct needed_range *ranges, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(ranges, n, sizeof *ranges, by_offset);
    for (size_t i = 0; i < n; i++) {
        if (kept && ranges[i].from <= ranges[kept - 1].to) {
            if (ranges[i].to > ranges[kept - 1].to)
                ranges[kept - 1].to = ranges[i].to;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    return kept;
}

bool orphans_cover(const struct needed_range *ranges, size_t n, const struct needed_range *r)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].to < r->to)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ranges[low].from <= r->from && r->to <= ranges[low].to;
}

/* ---- packs */

static void free_orphan(struct orphan *o)
{
    free(o->links);
    free(o->needed);
}

/* Reads the tables of all layers that have the pack. 1: it is known which bytes they need. */
static int read_needs(struct store *s, const struct present *p, const struct pack_link *links, size_t n,
                      struct orphan *o)
{
    int r = 0;

    *o = (struct orphan){.dev = links->dev,
                         .ino = links->ino,
                         .size = links->size,
                         .disk_size = links->disk_size,
                         .links = calloc(n, sizeof *o->links)};
    if (!o->links)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (!links[i].stays)
            continue;
        cleanup_fd int dir = object_open(s, OBJECT_LAYER, &p->objects[links[i].layer].digest, NULL, NULL);
        o->links[o->n_links++] = (struct orphan_link){p->objects[links[i].layer].digest, links[i].pack};
        r = dir < 0 ? dir : orphans_needed(dir, links[i].pack, &o->needed, &o->n_needed);
    }
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    o->n_needed = orphans_merge(o->needed, o->n_needed);
    for (size_t i = 0; i < o->n_needed; i++)
        o->kept += o->needed[i].to - o->needed[i].from;
    o->wasted = o->disk_size > o->kept ? o->disk_size - o->kept : 0;
    o->pays = o->wasted >= ORPHAN_PAGE && o->wasted >= o->kept / 8;
    return o->n_links > 0;
}

/* Has it links in layers that stay, none of which is its own, and no link elsewhere? */
static bool is_left_over(const struct pack_link *links, size_t n)
{
    bool stays = false;

    for (size_t i = 0; i < n; i++) {
        stays |= links[i].stays;
        if (links[i].stays && links[i].whole)
            return false;
    }
    return stays && n == links->nlink;
}

static int add_orphan(struct orphans *all, const struct orphan *o)
{
    struct orphan *more = array_room(all->all, all->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    all->all = more;
    more[all->n++] = *o;
    all->kept += o->kept;
    all->wasted += o->pays ? o->wasted : 0;
    return 0;
}

static int choose(struct store *s, const struct present *p, const struct scan *scan, struct orphans *ret)
{
    int r = 0;

    for (size_t from = 0, end; r >= 0 && from < scan->n; from = end) {
        struct orphan o = {.links = NULL};

        for (end = from + 1; end < scan->n && scan->links[end].ino == scan->links[from].ino &&
                             scan->links[end].dev == scan->links[from].dev;)
            end++;
        if (!is_left_over(&scan->links[from], end - from))
            continue;
        r = read_needs(s, p, &scan->links[from], end - from, &o);
        if (r > 0)
            r = add_orphan(ret, &o) < 0 ? -ENOMEM : 1;
        if (r != 1)
            free_orphan(&o);
    }
    return r < 0 ? r : 0;
}

static bool is_removed(const struct collect_object *removed, size_t n, const struct digest *layer)
{
    for (size_t i = 0; i < n; i++)
        if (removed[i].kind == OBJECT_LAYER && digest_equal(&removed[i].digest, layer))
            return true;
    return false;
}

int orphans_find(struct store *s, const struct collect_object *removed, size_t n_removed, struct orphans *ret)
{
    struct scan scan = {.n = 0};
    struct present p;
    int r = present_list(s, &p, NULL);

    *ret = (struct orphans){.n = 0};
    for (size_t i = 0; r == 0 && i < p.n; i++)
        if (p.objects[i].kind == OBJECT_LAYER)
            r = scan_layer(&scan, s, &p.objects[i], i, !is_removed(removed, n_removed, &p.objects[i].digest));
    if (r == 0 && scan.n) {
        qsort(scan.links, scan.n, sizeof *scan.links, by_file);
        r = choose(s, &p, &scan, ret);
    }
    free(scan.links);
    present_free(&p);
    return r;
}

void orphans_free(struct orphans *o)
{
    for (size_t i = 0; i < o->n; i++)
        free_orphan(&o->all[i]);
    free(o->all);
    *o = (struct orphans){.n = 0};
}
