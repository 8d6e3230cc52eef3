/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive parses the headers; our read callback gives it runs of the file and our skip callback jumps over
 * contents. When a header has just been returned, the bytes that libarchive has consumed end exactly where
 * the member's content begins, and contents of ordinary members lie in the file as they are. Members with
 * holes (GNU sparse) do not, and are left out. Should a place ever be wrong, nothing bad comes of it: all
 * that is read through it is checked against a digest.
 */
#include "import/archive_index.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define READ_CHUNK  (32u << 10)
#define MAX_MEMBERS 200000u
#define MAX_NAMES   (16u << 20) /* bytes of all paths and links */
#define MAX_PATH    1024u       /* longer ones are nothing that a layout asks for */
#define MAX_LINKS   8

struct member {
    char *path;
    char *link; /* clean path that it stands for, or NULL */
    uint64_t offset, size;
    size_t order; /* in the archive */
};

struct archive_index {
    struct member *members; /* sorted by path, one for each */
    size_t n, cap;
    size_t name_bytes;
};

struct listing {
    int fd;
    uint64_t pos, size;
    char *chunk;
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

static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
    struct listing *l = ctx;
    uint64_t left = l->size - l->pos;
    ssize_t n = fd_pread(l->fd, l->chunk, left < READ_CHUNK ? (size_t)left : READ_CHUNK, l->pos);

    if (n < 0) {
        archive_set_error(a, (int)-n, "%s", strerror((int)-n));
        return ARCHIVE_FATAL;
    }
    l->pos += (uint64_t)n;
    *ret = l->chunk;
    return n;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t want)
{
    struct listing *l = ctx;
    uint64_t left = l->size - l->pos, n = want > 0 ? (uint64_t)want : 0;

    (void)a;
    if (n > left)
        n = left;
    l->pos += n;
    return (la_int64_t)n;
}

static int member_append(struct archive_index *a, struct member **ret)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 64;
        struct member *p = reallocarray(a->members, cap, sizeof(*p));

        if (!p)
            return -ENOMEM;
        a->members = p;
        a->cap = cap;
    }
    *ret = &a->members[a->n];
    **ret = (struct member){.order = a->n};
    a->n++;
    return 0;
}

/* Takes in one entry. Members that no layout could ask for (folders, devices, odd or endless names) are
 * passed over. */
static int take_entry(struct archive_index *idx, struct archive *a, struct archive_entry *e, struct err *err)
{
    const char *name = archive_entry_pathname(e);
    const char *hard = archive_entry_hardlink(e);
    const char *soft = archive_entry_filetype(e) == S_IFLNK ? archive_entry_symlink(e) : NULL;
    cleanup_free char *path = NULL, *link = NULL;
    struct member *m;
    int r;

    if (!name || archive_entry_sparse_count(e) > 0)
        return 0;
    if (!hard && !soft && archive_entry_filetype(e) != S_IFREG)
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
    if (!m->link) {
        m->offset = (uint64_t)archive_filter_bytes(a, 0);
        m->size = archive_entry_size(e) > 0 ? (uint64_t)archive_entry_size(e) : 0;
    }
    return 0;
}

static int list_all(struct archive_index *idx, struct listing *l, struct archive *a, struct err *err)
{
    struct archive_entry *e;
    bool first = true;
    int r;

    archive_read_support_format_tar(a);
    archive_read_set_read_callback(a, on_read);
    archive_read_set_skip_callback(a, on_skip);
    archive_read_set_callback_data(a, l);
    r = archive_read_open1(a);
    for (; r == ARCHIVE_OK || r == ARCHIVE_WARN; first = false) {
        r = archive_read_next_header(a, &e);
        if (r == ARCHIVE_OK || r == ARCHIVE_WARN) {
            int t = take_entry(idx, a, e, err);

            if (t < 0)
                return t;
        }
    }
    if (r == ARCHIVE_EOF)
        return 0;
    if (first)
        return err_set(err, EINVAL, "it is not a tar archive");
    return err_set(err, EBADMSG, "the archive is damaged or cut short: %s",
                   archive_error_string(a) ? archive_error_string(a) : "unreadable");
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

int archive_index_new(int fd, uint64_t size, struct archive_index **ret, struct err *err)
{
    struct listing l = {.fd = fd, .size = size, .chunk = malloc(READ_CHUNK)};
    struct archive_index *idx = calloc(1, sizeof(*idx));
    struct archive *a = archive_read_new();
    int r;

    if (!l.chunk || !idx || !a)
        r = err_errno(err, ENOMEM, "cannot list the archive");
    else
        r = list_all(idx, &l, a, err);
    if (r == 0)
        keep_last_of_each(idx);
    archive_read_free(a);
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
    free(a->members);
    free(a);
}

static int compare_key(const void *key, const void *m)
{
    return strcmp(key, ((const struct member *)m)->path);
}

int archive_index_find(const struct archive_index *a, const char *path, uint64_t *ret_offset,
                       uint64_t *ret_size)
{
    for (int links = 0; links <= MAX_LINKS; links++) {
        const struct member *m = a->n ? bsearch(path, a->members, a->n, sizeof(*m), compare_key) : NULL;

        if (!m)
            return -ENOENT;
        if (!m->link) {
            *ret_offset = m->offset;
            *ret_size = m->size;
            return 0;
        }
        path = m->link;
    }
    return -ELOOP;
}
