/* SPDX-License-Identifier: Apache-2.0 */
/* The tar reader parses the headers; the read callback gives it runs of the file and the skip callback
 * jumps over contents. The frames know the position of each content, and ordinary members are contiguous
 * in the file. Members with holes are not: they are expanded into a separate file. A wrong position does
 * no harm: all content read through the index is checked against a digest. */
#include "import/archive_index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import/tar_reader.h"
#include "os/array.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define READ_CHUNK  (32u << 10)
#define MAX_MEMBERS 200000u
#define MAX_NAMES   (16u << 20) /* bytes of all paths and links */
#define MAX_PATH    1024u       /* longer than any path that a layout asks for */
#define MAX_LINKS   8

struct member {
    char *path;
    char *link; /* clean path of the link's target, or NULL */
    uint64_t offset, size;
    bool spooled; /* in the spool, not in the archive */
    size_t order; /* position in the archive */
};

struct archive_index {
    struct member *members; /* sorted by path, one for each */
    size_t n;
    size_t name_bytes;
    int fd;    /* of the archive, borrowed */
    int spool; /* of sparse members; -1 without any */
    uint64_t spool_size;
};

struct listing {
    int fd;
    uint64_t pos, size;
    char *chunk;
    int tmp_dirfd;
    uint64_t max_size; /* of the spool */
};

int member_path_clean(const char *path, const char *beside, char **ret)
{
    const char *slash = beside && path[0] != '/' ? strrchr(beside, '/') : NULL;
    size_t base = slash ? (size_t)(slash - beside) : 0;
    size_t len = strlen(path), n = base;
    cleanup_free char *out = NULL;

    if (len > MAX_PATH || base > MAX_PATH)
        return -ENAMETOOLONG;
    out = malloc(base + len + 2);
    if (!out)
        return -ENOMEM;
    if (base)
        memcpy(out, beside, base);
    for (const char *p = path; *p;) {
        size_t part = strcspn(p, "/");

        if (part == 2 && p[0] == '.' && p[1] == '.') {
            if (n == 0)
                return -EXDEV;
            while (n && out[n - 1] != '/')
                n--;
            n -= n > 0; /* the slash */
        } else if (part && !(part == 1 && p[0] == '.')) {
            if (n)
                out[n++] = '/';
            memcpy(out + n, p, part);
            n += part;
        }
        p += part + (p[part] == '/');
    }
    if (n == 0)
        return -ENOENT;
    out[n] = '\0';
    *ret = steal_ptr(&out);
    return 0;
}

static ssize_t on_read(void *ctx, const void **ret)
{
    struct listing *l = ctx;
    uint64_t left = l->size - l->pos;
    ssize_t n = fd_pread(l->fd, l->chunk, left < READ_CHUNK ? (size_t)left : READ_CHUNK, l->pos);

    if (n > 0)
        l->pos += (uint64_t)n;
    *ret = l->chunk;
    return n;
}

static uint64_t on_skip(void *ctx, uint64_t want)
{
    struct listing *l = ctx;
    uint64_t left = l->size - l->pos, n = want < left ? want : left;

    l->pos += n;
    return n;
}

static int member_append(struct archive_index *a, struct member **ret)
{
    struct member *p = array_room(a->members, a->n, sizeof *p);

    if (!p)
        return -ENOMEM;
    a->members = p;
    *ret = &a->members[a->n];
    **ret = (struct member){.order = a->n};
    a->n++;
    return 0;
}

/* Expands a member with holes into the spool. */
static int spool_member(struct archive_index *idx, const struct listing *l, struct tar_reader *t,
                        struct archive_entry *e, struct member *m, struct err *err)
{
    int64_t size = archive_entry_size(e), offset;
    const void *data;
    size_t len;
    int r;

    if (size < 0 || (uint64_t)size > l->max_size - idx->spool_size)
        return err_set(err, EFBIG,
                       "its members that are stored sparse are over the limit of %" PRIu64 " bytes",
                       l->max_size);
    if (idx->spool < 0)
        idx->spool = fd_unnamed(l->tmp_dirfd);
    if (idx->spool < 0)
        return err_errno(err, -idx->spool, "cannot make a file in the store's tmp/");
    m->spooled = true;
    m->offset = idx->spool_size;
    m->size = (uint64_t)size;
    while ((r = tar_reader_data(t, &data, &len, &offset, err)) > 0) {
        if (offset < 0 || (uint64_t)offset > m->size || len > m->size - (uint64_t)offset)
            return err_set(err, EBADMSG,
                           "the archive is damaged: the sparse map of \"%.200s\" leads out of it", m->path);
        r = fd_pwrite(idx->spool, data, len, m->offset + (uint64_t)offset);
        if (r < 0)
            return err_errno(err, -r, "cannot keep the archive in the store's tmp/");
    }
    if (r < 0)
        return r;
    idx->spool_size += m->size;
    if (ftruncate(idx->spool, (off_t)idx->spool_size) < 0)
        return err_errno(err, errno, "cannot keep the archive in the store's tmp/");
    return 0;
}

/* Adds one entry. Skips members that no layout could ask for (folders, devices, invalid or too long
 * names). */
static int take_entry(struct archive_index *idx, const struct listing *l, struct tar_reader *t,
                      struct archive_entry *e, struct err *err)
{
    const char *name = archive_entry_pathname(e);
    const char *hard = archive_entry_hardlink(e);
    const char *soft = archive_entry_filetype(e) == S_IFLNK ? archive_entry_symlink(e) : NULL;
    cleanup_free char *path = NULL, *link = NULL;
    struct member *m;
    int r;

    if (!name || (!hard && !soft && archive_entry_filetype(e) != S_IFREG))
        return 0;
    r = member_path_clean(name, NULL, &path);
    if (r == 0 && (hard || soft))
        r = member_path_clean(hard ? hard : soft, hard ? NULL : path, &link);
    if (r == -ENOMEM)
        return err_errno(err, ENOMEM, "cannot list the archive");
    if (r < 0)
        return 0;
    idx->name_bytes += strlen(path) + (link ? strlen(link) : 0);
    if (idx->n >= MAX_MEMBERS || idx->name_bytes > MAX_NAMES)
        return err_set(err, E2BIG, "the archive has too many members: it is no image");
    r = member_append(idx, &m);
    if (r < 0)
        return err_errno(err, -r, "cannot list the archive");
    m->path = steal_ptr(&path);
    m->link = steal_ptr(&link);
    if (m->link)
        return 0;
    m->offset = tar_reader_frame(t)->body;
    m->size = tar_reader_frame(t)->size;
    /* A sparse map may precede the content even without holes. */
    return archive_entry_sparse_count(e) > 0 || archive_entry_size(e) != (int64_t)m->size
               ? spool_member(idx, l, t, e, m, err)
               : 0;
}

static int list_all(struct archive_index *idx, struct listing *l, struct err *err)
{
    const struct tar_source source = {.read = on_read, .skip = on_skip, .ctx = l};
    struct tar_reader *t;
    struct archive_entry *e;
    int r = tar_reader_new(&source, &t, err);

    if (r < 0)
        return r;
    while ((r = tar_reader_next(t, &e, err)) > 0) {
        r = take_entry(idx, l, t, e, err);
        if (r < 0)
            break;
    }
    tar_reader_free(t);
    if (r < 0 && err && !err->text[0])
        return err_errno(err, -r, "cannot read the archive");
    return r;
}

static int by_path(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int r = strcmp(x->path, y->path);

    return r ? r : (x->order > y->order) - (x->order < y->order);
}

static void member_free(struct member *m)
{
    free(m->path);
    free(m->link);
}

static void keep_last_of_each(struct archive_index *a)
{
    size_t n = 0;

    if (!a->n)
        return;
    qsort(a->members, a->n, sizeof(*a->members), by_path);
    for (size_t i = 0; i < a->n; i++) {
        if (i + 1 < a->n && strcmp(a->members[i].path, a->members[i + 1].path) == 0)
            member_free(&a->members[i]);
        else
            a->members[n++] = a->members[i];
    }
    a->n = n;
}

int archive_index_new(int fd, uint64_t size, int tmp_dirfd, uint64_t max_size, struct archive_index **ret,
                      struct err *err)
{
    struct listing l = {
        .fd = fd, .size = size, .chunk = malloc(READ_CHUNK), .tmp_dirfd = tmp_dirfd, .max_size = max_size};
    struct archive_index *idx = calloc(1, sizeof(*idx));
    int r;

    if (idx)
        *idx = (struct archive_index){.fd = fd, .spool = -1};
    if (!l.chunk || !idx)
        r = err_errno(err, ENOMEM, "cannot list the archive");
    else if (size == 0)
        r = err_set(err, EINVAL, "it is empty, and so no tar archive");
    else
        r = list_all(idx, &l, err);
    if (r == 0)
        keep_last_of_each(idx);
    free(l.chunk);
    if (r < 0) {
        archive_index_free(idx);
        return r;
    }
    *ret = idx;
    return 0;
}

void archive_index_free(struct archive_index *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++)
        member_free(&a->members[i]);
    if (a->spool >= 0)
        close(a->spool);
    free(a->members);
    free(a);
}

static int compare_key(const void *key, const void *m)
{
    return strcmp(key, ((const struct member *)m)->path);
}

int archive_index_find(const struct archive_index *a, const char *path, int *ret_fd, uint64_t *ret_offset,
                       uint64_t *ret_size)
{
    for (int links = 0; links <= MAX_LINKS; links++) {
        const struct member *m = a->n ? bsearch(path, a->members, a->n, sizeof(*m), compare_key) : NULL;

        if (!m)
            return -ENOENT;
        if (!m->link) {
            *ret_fd = m->spooled ? a->spool : a->fd;
            *ret_offset = m->offset;
            *ret_size = m->size;
            return 0;
        }
        path = m->link;
    }
    return -ELOOP;
}
