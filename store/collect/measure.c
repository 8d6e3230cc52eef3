/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/measure.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "os/disk_usage.h"

static int add_file(struct measure *m, const FTSENT *e, size_t object)
{
    const struct stat *st = e->fts_statp;
    struct linked_file *more;

    if ((m->n & (m->n - 1)) == 0) {
        more = reallocarray(m->files, m->n ? 2 * m->n : 1, sizeof *more);
        if (!more)
            return -ENOMEM;
        m->files = more;
    }
    m->files[m->n++] = (struct linked_file){.ino = st->st_ino,
                                            .disk_size = (uint64_t)st->st_blocks * 512,
                                            .links = st->st_nlink,
                                            .here = 1,
                                            .object = object,
                                            .is_content = strcmp(e->fts_parent->fts_name, "files") == 0};
    return 0;
}

/* Parts that cannot be read, or change meanwhile, count as far as they were read. */
static int measure_layer(struct measure *m, const char *path, size_t number, uint64_t *ret)
{
    char *copy = (char *)(uintptr_t)path; /* fts_open(3) changes neither */
    char *const paths[] = {copy, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    int r = walk ? 0 : -errno;

    *ret = 0;
    for (FTSENT *e; r == 0 && (e = fts_read(walk));) {
        if (e->fts_info == FTS_DP || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            continue;
        if (e->fts_info == FTS_F && e->fts_statp->st_nlink > 1)
            r = add_file(m, e, number);
        else
            *ret += (uint64_t)e->fts_statp->st_blocks * 512;
    }
    if (walk)
        fts_close(walk);
    return r;
}

static int by_inode(const void *pa, const void *pb)
{
    const struct linked_file *a = pa, *b = pb;

    if (a->ino != b->ino)
        return a->ino < b->ino ? -1 : 1;
    return (a->object > b->object) - (a->object < b->object);
}

/* Merges the links of a file in one layer. */
static void merge(struct measure *m)
{
    size_t n = 0;

    if (m->n)
        qsort(m->files, m->n, sizeof *m->files, by_inode);
    for (size_t i = 0; i < m->n; i++) {
        if (n && by_inode(&m->files[n - 1], &m->files[i]) == 0)
            m->files[n - 1].here++;
        else
            m->files[n++] = m->files[i];
    }
    m->n = n;
}

int measure_objects(struct store *s, struct collect_object *objects, size_t n, struct measure *ret,
                    struct err *err)
{
    char below[OBJECT_PATH_MAX], label[OBJECT_LABEL_MAX];

    *ret = (struct measure){.n = 0};
    for (size_t i = 0; i < n; i++) {
        struct collect_object *o = &objects[i];
        cleanup_free char *path = NULL;
        int r = object_path(o->kind, &o->digest, below);

        if (r == 0 && asprintf(&path, "%s/%s", s->path, below) < 0) {
            path = NULL;
            r = -ENOMEM;
        }
        if (r == 0)
            r = o->kind == OBJECT_LAYER ? measure_layer(ret, path, i, &o->disk_size)
                                        : disk_usage(path, &o->disk_size);
        if (r < 0)
            return err_errno(err, -r, "cannot measure %s", object_label(o->kind, &o->digest, label));
    }
    merge(ret);
    return 0;
}

void measure_free(struct measure *m)
{
    free(m->files);
    *m = (struct measure){.n = 0};
}

size_t measure_run(const struct measure *m, size_t from)
{
    size_t end = from;

    while (end < m->n && m->files[end].ino == m->files[from].ino)
        end++;
    return end;
}

void measure_add_freed(const struct measure *m, struct collect_object *objects)
{
    for (size_t from = 0, end; from < m->n; from = end) {
        uint64_t links = 0;

        end = measure_run(m, from);
        for (size_t i = from; i < end; i++)
            links += m->files[i].here;
        if (links >= m->files[from].links)
            objects[m->files[from].object].disk_size += m->files[from].disk_size;
    }
}
