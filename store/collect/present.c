/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/present.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/own_object.h"
#include "os/array.h"
#include "os/cleanup.h"
#include "os/dir.h"

/* A digest for a name does not make it mica's: what it is decides. */
static int add_object(struct present *p, enum object_kind kind, const struct digest *d)
{
    struct collect_object *more = array_room(p->objects, p->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    p->objects = more;
    more[p->n++] = (struct collect_object){.kind = kind, .digest = *d};
    return 0;
}

static int add_foreign(struct present *p, const char *dir, const char *name)
{
    char **more = array_room(p->foreign, p->n_foreign, sizeof *more);

    if (!more)
        return -ENOMEM;
    p->foreign = more;
    if (asprintf(&more[p->n_foreign], "%s/%s", dir, name) < 0)
        return -ENOMEM;
    p->n_foreign++;
    return 0;
}

/* `alg`: algorithm of the digests in the directory's names; NULL: given by the number of digits. */
static int add_name(struct present *p, enum object_kind kind, int dir_fd, const char *dir, const char *alg,
                    const char *name)
{
    char text[DIGEST_STRING_MAX + NAME_MAX];
    struct digest d;
    int r;

    snprintf(text, sizeof text, "%s:%s", alg ? alg : "", name);
    r = alg ? digest_parse_str(text, &d) : digest_parse_hex(name, &d);
    if (r < 0 || object_is_own(dir_fd, name, kind) != 1)
        return add_foreign(p, dir, name);
    return add_object(p, kind, &d);
}

static int list_dir(struct store *s, struct present *p, enum object_kind kind, const char *path,
                    const char *alg)
{
    cleanup_dir DIR *dir = NULL;
    int end = 0, r = dir_of(store_open_dir(s, path), &dir);

    if (r < 0)
        return r;
    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &end));)
        r = add_name(p, kind, dirfd(dir), path, alg, e->d_name);
    return r == 0 ? end : r;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_kind_and_digest(const void *pa, const void *pb)
{
    const struct collect_object *a = pa, *b = pb;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->digest.alg != b->digest.alg)
        return a->digest.alg < b->digest.alg ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes);
}

int present_list(struct store *s, struct present *ret, struct err *err)
{
    static const struct {
        enum object_kind kind;
        const char *path, *alg;
    } dirs[] = {
        {OBJECT_BLOB, "blobs/sha256", "sha256"},
        {OBJECT_BLOB, "blobs/sha512", "sha512"},
        {OBJECT_LAYER, "layers", NULL},
        {OBJECT_TREE, "trees", NULL},
    };

    *ret = (struct present){.n = 0};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        int r = list_dir(s, ret, dirs[i].kind, dirs[i].path, dirs[i].alg);

        if (r < 0)
            return err_errno(err, -r, "cannot list %s/%s", s->path, dirs[i].path);
    }
    if (ret->n)
        qsort(ret->objects, ret->n, sizeof *ret->objects, by_kind_and_digest);
    if (ret->n_foreign)
        qsort(ret->foreign, ret->n_foreign, sizeof *ret->foreign, by_text);
    return 0;
}

void present_free(struct present *p)
{
    free(p->objects);
    for (size_t i = 0; i < p->n_foreign; i++)
        free(p->foreign[i]);
    free(p->foreign);
    *p = (struct present){.n = 0};
}
