/* SPDX-License-Identifier: Apache-2.0 */
#include "report/map_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/buf.h"
#include "report/palette.h"
#include "report/squarify.h"
#include "report/values.h"
#include "show/size.h"
#include "show/text.h"

/* Lengths are in hundredths of a pixel of a page that is 1200 pixels wide. On another width x and w follow, being
 * percentages, and y and h stay. */
#define PX     100u
#define WIDTH  (1200 * PX)
#define HEIGHT (560 * PX)
enum {
    HEADER = 18 * PX, /* the name of a directory that is shown open */
    MARGIN = 2 * PX,  /* around what is in it */
    OPEN_W = 56 * PX, /* smaller directories are not opened */
    OPEN_H = 44 * PX,
    TEXT_W = 34 * PX, /* smaller ones have no name */
    TEXT_H = 16 * PX,
    SECOND_H = 34 * PX,  /* with room for the size */
    CHAR_W = 7 * PX,     /* of the font, about */
    SLICES_MAX = 4,      /* colours of one rectangle */
    TITLE_MAX = 200,     /* bytes */
    NARROW_W = 170 * PX, /* names only where the page is wide */
    ROOT_AREA = 500,     /* square pixels of the smallest rectangle of its own, in the root's treemap */
    OTHER_AREA = 1800,   /* in the others */
};

struct drawing {
    const struct map_dirs *dirs;
    uint32_t layers;
    uint64_t area; /* of the smallest rectangle, in square units */
    json_t *cells;
};

/* A rectangle and its meaning. */
struct cell {
    struct rect at;
    const char *kind; /* "file", "dir", "open", "rest" */
    const char *name; /* "" for the rest */
    const char *path; /* of the directory it is in */
    uint64_t size, files;
    const struct map_share *shares;
    unsigned view; /* where it leads; 0: nowhere */
};

static const struct map_dir *dir_of(const struct map_dirs *dirs, const struct map_node *n)
{
    for (size_t i = 0; i < dirs->n && dirs->list[i].view; i++) {
        if (dirs->list[i].node == n)
            return &dirs->list[i];
    }
    return NULL;
}

static int set_place(json_t *o, const struct rect *at)
{
    if (values_hundredths(o, "x", at->x, WIDTH) < 0 || values_hundredths(o, "w", at->w, WIDTH) < 0)
        return -ENOMEM;
    return json_object_set_new(o, "y", json_sprintf("%u.%02u", at->y / PX, at->y % PX)) < 0 ||
                   json_object_set_new(o, "h", json_sprintf("%u.%02u", at->h / PX, at->h % PX)) < 0
               ? -ENOMEM
               : 0;
}

/* "layer 3" or "layers 3, 1, 2", with "..." for further ones. */
static int put_layers(struct buf *b, const struct cell *c)
{
    uint64_t left = c->size;
    int r = buf_printf(b, "layer%s", c->shares[1].size ? "s" : "");

    for (size_t i = 0; r == 0 && i < MAP_SHARES && c->shares[i].size; i++) {
        r = buf_printf(b, "%s %u", i ? "," : "", c->shares[i].layer + 1);
        left -= c->shares[i].size < left ? c->shares[i].size : left;
    }
    return r == 0 && left ? buf_printf(b, ", ...") : r;
}

/* What a pointer that rests on it is told: "/usr/lib - 12 MB in 340 files, layers 2, 1". */
static int set_title(json_t *o, const struct cell *c)
{
    cleanup_buf struct buf b = BUF_INIT;
    char size[SIZE_TEXT_MAX];
    bool rest = strcmp(c->kind, "rest") == 0, file = strcmp(c->kind, "file") == 0,
         top = strcmp(c->path, "/") == 0;
    int r = rest ? buf_printf(&b, "%s: %llu more", c->path, (unsigned long long)c->files)
                 : buf_printf(&b, "%s/%s", top ? "" : c->path, c->name);

    if (r == 0)
        r = buf_printf(&b, " \xe2\x80\x94 %s", size_format(c->size, size));
    if (r == 0 && !rest && !file)
        r = buf_printf(&b, " in %llu files", (unsigned long long)c->files);
    if (r == 0)
        r = buf_printf(&b, ", ");
    if (r == 0)
        r = put_layers(&b, c);
    return r == 0 && buf_str(&b) ? values_cut(o, "title", b.data, TEXT_NAME, TITLE_MAX) : -ENOMEM;
}

/* The colours of a rectangle, side by side, in proportion to the bytes of each layer. What is left for further layers has no
 * colour, unless it is too little to be seen. */
static json_t *slices(const struct cell *c, uint32_t layers)
{
    json_t *list = json_array();
    uint64_t left = c->size;
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && left && i < SLICES_MAX && c->shares[i].size; i++) {
        uint64_t size = c->shares[i].size;
        json_t *o = json_object();

        if (size >= left || left - size < c->size / 50)
            size = left;
        r = values_hundredths(o, "x", c->size - left, c->size);
        if (r == 0)
            r = values_hundredths(o, "w", size, c->size);
        if (r == 0)
            r = values_number(o, "colour", palette_class(c->shares[i].layer, layers));
        r = values_add(list, o, r);
        left -= size;
    }
    if (r == 0)
        return list;
    json_decref(list);
    return NULL;
}

static int set_text(json_t *o, const struct cell *c)
{
    bool rest = strcmp(c->kind, "rest") == 0, fits = c->at.w >= TEXT_W && c->at.h >= TEXT_H;
    bool closed = strcmp(c->kind, "open") != 0;
    size_t columns = fits ? (c->at.w - 8 * PX) / CHAR_W : 0;
    char size[SIZE_TEXT_MAX];
    int r = values_short(o, "label", rest ? "others" : c->name, columns);

    if (r == 0)
        r = values_bool(o, "narrow", c->at.w < NARROW_W);
    size_format(c->size, size);
    if (r == 0)
        r = values_text(o, "second",
                        fits && closed && c->at.h >= SECOND_H && columns >= strlen(size) ? size : "", 0);
    return r;
}

static int draw(struct drawing *d, const struct cell *c)
{
    bool own = c->view && (strcmp(c->kind, "dir") == 0 || strcmp(c->kind, "open") == 0);
    json_t *o = json_object();
    json_t *colours = strcmp(c->kind, "open") == 0 ? json_array() : slices(c, d->layers);
    int r = o && colours && json_object_set(o, "slices", colours) == 0 ? 0 : -ENOMEM;

    json_decref(colours);
    if (r == 0 && (set_place(o, &c->at) < 0 || set_title(o, c) < 0 || set_text(o, c) < 0 ||
                   values_text(o, "kind", c->kind, 0) < 0 || values_number(o, "view", c->view) < 0 ||
                   values_bool(o, "own", own) < 0))
        r = -ENOMEM;
    return values_add(d->cells, o, r);
}

/* How many of the children have a rectangle that can be seen; the others join the rest, whose size is returned too. */
static size_t visible_children(const struct map_node *n, uint64_t area, uint64_t least, uint64_t *ret_rest,
                               uint64_t *ret_files)
{
    size_t k = 0;

    *ret_rest = n->rest_size;
    *ret_files = n->rest_files;
    while (k < n->n && n->size && (__uint128_t)area * n->children[k].size / n->size >= least)
        k++;
    for (size_t i = k; i < n->n; i++) {
        *ret_rest += n->children[i].size;
        *ret_files += n->children[i].files;
    }
    return k;
}

/* The layers of a rest: those of the small files and of the children from `first` on, about. */
static void rest_shares(const struct map_node *n, size_t first, struct map_share ret[MAP_SHARES])
{
    memcpy(ret, n->rest_shares, sizeof n->rest_shares);
    for (size_t i = first; i < n->n; i++) {
        const struct map_share *s = &n->children[i].shares[0];
        size_t k = 0;

        while (k < MAP_SHARES && ret[k].size && ret[k].layer != s->layer)
            k++;
        if (k == MAP_SHARES)
            continue;
        ret[k].layer = s->layer;
        ret[k].size += n->children[i].size;
        for (; k > 0 && ret[k].size > ret[k - 1].size; k--) {
            struct map_share t = ret[k];
            ret[k] = ret[k - 1];
            ret[k - 1] = t;
        }
    }
}

static int draw_inside(struct drawing *d, const struct map_node *n, const char *path, unsigned view,
                       struct rect area);

static int draw_child(struct drawing *d, const struct map_node *n, const char *path, unsigned view,
                      struct rect at)
{
    const struct map_dir *dir = n->dir ? dir_of(d->dirs, n) : NULL;
    bool open = n->dir && (n->n || n->rest_size) && at.w >= OPEN_W && at.h >= OPEN_H;
    struct cell c = {
        at, !n->dir ? "file" : open ? "open" : "dir", n->name, path, n->size, n->files, n->shares, view};
    cleanup_free char *own = NULL;

    if (dir)
        c.view = dir->view;
    int r = draw(d, &c);
    if (r < 0 || !open)
        return r;
    if (asprintf(&own, "%s/%s", strcmp(path, "/") == 0 ? "" : path, n->name) < 0) {
        own = NULL;
        return -ENOMEM;
    }
    at = (struct rect){at.x + MARGIN, at.y + HEADER, at.w - 2 * MARGIN, at.h - HEADER - MARGIN};
    return draw_inside(d, n, own, c.view, at);
}

/* The rest takes its place in the order of sizes. */
static int draw_inside(struct drawing *d, const struct map_node *n, const char *path, unsigned view,
                       struct rect area)
{
    uint64_t rest, files;
    size_t shown = visible_children(n, (uint64_t)area.w * area.h, d->area, &rest, &files), at = 0;
    cleanup_free uint64_t *sizes = calloc(shown + 1, sizeof *sizes);
    cleanup_free struct rect *rects = calloc(shown + 1, sizeof *rects);
    int r = sizes && rects ? 0 : -ENOMEM;

    if (r < 0)
        return r;
    while (at < shown && n->children[at].size >= rest)
        at++;
    for (size_t i = 0; i <= shown; i++)
        sizes[i] = i == at ? rest : n->children[i - (i > at)].size;
    squarify(sizes, shown + 1, area, rects);
    for (size_t i = 0; r == 0 && i <= shown; i++) {
        struct map_share shares[MAP_SHARES];

        if (!rects[i].w || !rects[i].h)
            continue;
        if (i != at) {
            r = draw_child(d, &n->children[i - (i > at)], path, view, rects[i]);
            continue;
        }
        rest_shares(n, shown, shares);
        const struct cell c = {rects[i], "rest", "", path, rest, files, shares, view};
        r = draw(d, &c);
    }
    return r;
}

/* Adds the directory and those above it, the root first. */
static int add_crumbs(json_t *list, const struct map_dir *d)
{
    int r = d->parent ? add_crumbs(list, d->parent) : 0;
    json_t *o = r == 0 ? json_object() : NULL;

    if (r == 0)
        r = values_text(o, "name", d->parent ? d->node->name : "/", TEXT_NAME);
    if (r == 0)
        r = values_number(o, "view", d->view);
    return values_add(list, o, r);
}

static int add_view(json_t *views, const struct map_dirs *dirs, const struct map_dir *dir, uint32_t layers)
{
    struct drawing d = {.dirs = dirs, .layers = layers, .cells = json_array()};
    struct rect area = {0, 0, WIDTH, HEIGHT};
    json_t *o = json_object(), *above = json_array();
    int r;

    d.area = (uint64_t)(dir->parent ? OTHER_AREA : ROOT_AREA) * PX * PX;
    r = d.cells && o && above ? draw_inside(&d, dir->node, dir->path, 0, area) : -ENOMEM;
    if (r == 0 && dir->parent)
        r = add_crumbs(above, dir->parent);
    if (r == 0 &&
        (json_object_set(o, "cells", d.cells) < 0 || json_object_set(o, "crumbs", above) < 0 ||
         values_number(o, "number", dir->view) < 0 || values_bool(o, "root", !dir->parent) < 0 ||
         values_number(o, "height", HEIGHT / PX) < 0 || values_number(o, "files", dir->node->files) < 0 ||
         values_text(o, "path", dir->path, TEXT_NAME) < 0 || values_size(o, "size", dir->node->size) < 0 ||
         values_text(o, "name", dir->parent ? dir->node->name : "/", TEXT_NAME) < 0 ||
         values_number(o, "up", dir->parent ? dir->parent->view : 0) < 0))
        r = -ENOMEM;
    json_decref(d.cells);
    json_decref(above);
    return values_add(views, o, r);
}

json_t *map_views(const struct map_dirs *dirs, uint32_t layers)
{
    json_t *views = json_array();
    int r = views ? 0 : -ENOMEM;

    for (size_t i = dirs->n; r == 0 && i-- > 0;)
        r = dirs->list[i].view ? add_view(views, dirs, &dirs->list[i], layers) : 0;
    if (r == 0)
        return views;
    json_decref(views);
    return NULL;
}
