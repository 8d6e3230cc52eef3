/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as a layer (OCI image-spec, layer.md): entries for existing files, `.wh.NAME` for deleted ones,
 * `.wh..wh..opq` in a directory that hides all lower names.
 *
 * The root is "./"; directories end in a slash. Times are those of the branch, limited to SOURCE_DATE_EPOCH
 * if that is set.
 */
#include "changes_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "changes.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tar/pax_writer.h"
#include "tree/whiteout.h"

#define LIST_MAX  65536
#define VALUE_MAX 65536
#define FLUSH_AT  (256u << 10)
#define PIPE_SIZE (1 << 20)

struct layer {
    struct un *un;
    const struct changes *changes;
    const struct changes_ids *ids; /* or NULL */
    struct pax_writer *tar;
    struct buf out;
    int fd;
    bool has_limit; /* SOURCE_DATE_EPOCH */
    int64_t limit;
    struct pax_xattr *xattrs;
    size_t n_xattrs;
    char *names;       /* LIST_MAX bytes */
    struct buf values; /* of the current entry */
    unsigned left_out;
    struct err *err;
};

/* ---- bytes */

static int put(void *ctx, const void *data, size_t len)
{
    struct layer *l = ctx;
    int r = buf_append(&l->out, data, len);

    if (r == 0 && l->out.len >= FLUSH_AT) {
        r = fd_write(l->fd, l->out.data, l->out.len);
        l->out.len = 0;
    }
    return r;
}

/* ---- metadata */

static struct timespec clamp(const struct layer *l, struct timespec t)
{
    if (l->has_limit && (t.tv_sec > l->limit || (t.tv_sec == l->limit && t.tv_nsec > 0)))
        return (struct timespec){.tv_sec = l->limit};
    return t;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct pax_xattr *)a)->name, ((const struct pax_xattr *)b)->name);
}

static int read_value(struct layer *l, uint64_t node, struct pax_xattr *x)
{
    ssize_t n;

    if (buf_reserve(&l->values, VALUE_MAX) < 0)
        return -ENOMEM;
    n = un_getxattr(l->un, node, x->name, l->values.data + l->values.len, VALUE_MAX, true);
    if (n < 0)
        return (int)n;
    x->len = (size_t)n;
    if (l->ids)
        x->len = changes_ids_in_container(l->ids, x->name, l->values.data + l->values.len, x->len);
    l->values.len += x->len;
    return 0;
}

static int read_xattrs(struct layer *l, uint64_t node)
{
    ssize_t len = un_listxattr(l->un, node, l->names, LIST_MAX, true);
    size_t n = 0, at = 0;
    struct pax_xattr *more;

    l->n_xattrs = 0;
    l->values.len = 0;
    if (len <= 0)
        return (int)len;
    for (ssize_t i = 0; i < len; i++)
        n += l->names[i] == '\0';
    more = reallocarray(l->xattrs, n, sizeof *more);
    if (!more)
        return -ENOMEM;
    l->xattrs = more;
    for (const char *name = l->names; name < l->names + len; name += strlen(name) + 1)
        l->xattrs[l->n_xattrs++] = (struct pax_xattr){.name = name};
    qsort(l->xattrs, n, sizeof *l->xattrs, by_name);
    for (size_t i = 0; i < n; i++) {
        int r = read_value(l, node, &l->xattrs[i]);

        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < n; i++) { /* the buffer is final: pointers into it are valid */
        l->xattrs[i].value = l->values.data + at;
        at += l->xattrs[i].len;
    }
    return 0;
}

/* ---- entries */

static int put_file(struct layer *l, const struct change *c, const struct pax_entry *e)
{
    struct tree_content content;
    int r = un_content(l->un, c->node, &content);

    if (r < 0)
        return r;
    r = pax_writer_add_file(l->tar, e, content.fd, content.offset);
    un_content_put(l->un, &content);
    return r;
}

/* Writes a file's entry, under its first name. */
static int put_inode(struct layer *l, const struct change *c, const char *path)
{
    char target[PATH_MAX];
    struct pax_entry e = {
        .path = path,
        .mode = c->mode,
        .uid = c->uid,
        .gid = c->gid,
        .rdev_major = major(c->rdev),
        .rdev_minor = minor(c->rdev),
        .size = S_ISREG(c->mode) ? c->size : 0,
        .mtime = clamp(l, c->mtime),
    };
    int r = read_xattrs(l, c->node);

    e.xattrs = l->xattrs;
    e.n_xattrs = l->n_xattrs;
    if (r == 0 && S_ISLNK(c->mode)) {
        ssize_t n = un_readlink(l->un, c->node, target, sizeof target - 1);

        r = n < 0 ? (int)n : 0;
        target[n < 0 ? 0 : n] = '\0';
        e.target = target;
    }
    if (r < 0)
        return r;
    return S_ISREG(c->mode) && c->size > 0 ? put_file(l, c, &e) : pax_writer_add(l->tar, &e);
}

static int put_link(struct layer *l, const struct change *c)
{
    const struct change *first = &l->changes->list[c->link - 1];
    struct pax_entry e = {
        .path = c->path,
        .mode = c->mode,
        .uid = c->uid,
        .gid = c->gid,
        .mtime = clamp(l, c->mtime),
        .hardlink = first->path,
    };

    return pax_writer_add(l->tar, &e);
}

/* Writes an empty file named `prefix` followed by the last component of the path, in the same directory.
 * Readers of a layer create no file of that name, so it may exceed the limit of names. */
static int put_mark(struct layer *l, const char *path, const char *prefix)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    cleanup_buf struct buf text = BUF_INIT;
    struct pax_entry e = {.mode = S_IFREG};

    if (buf_append(&text, path, (size_t)(name - path)) < 0 || buf_printf(&text, "%s%s", prefix, name) < 0)
        return -ENOMEM;
    e.path = buf_str(&text);
    return e.path ? pax_writer_add(l->tar, &e) : -ENOMEM;
}

static int put_directory(struct layer *l, const struct change *c)
{
    cleanup_buf struct buf path = BUF_INIT;
    int r = buf_printf(&path, "%s/", c->path[0] ? c->path : ".");

    if (r == 0)
        r = put_inode(l, c, path.data);
    if (r < 0 || !c->opaque)
        return r;
    if (!c->path[0])
        path.len = 0;
    return buf_str(&path) ? put_mark(l, path.data, WHITEOUT_OPAQUE_NAME) : -ENOMEM;
}

/* Refuses a name that a reader of the layer would take for a whiteout. */
static int check_name(const struct layer *l, const struct change *c)
{
    const char *slash = strrchr(c->path, '/'), *name = slash ? slash + 1 : c->path;

    if (strncmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) != 0)
        return 0;
    return err_set(l->err, EINVAL,
                   "/%s: a name that begins with " WHITEOUT_PREFIX " is a whiteout in a layer; rename it",
                   c->path);
}

static int put_change(struct layer *l, const struct change *c)
{
    int r;

    if (c->kind == CHANGE_DELETED)
        return c->unsaid ? 0 : put_mark(l, c->path, WHITEOUT_PREFIX);
    if (S_ISSOCK(c->mode)) {
        l->left_out++;
        return c->kind == CHANGE_ADDED ? 0 : put_mark(l, c->path, WHITEOUT_PREFIX);
    }
    r = check_name(l, c);
    if (r < 0)
        return r;
    if (S_ISDIR(c->mode))
        return put_directory(l, c);
    return c->link ? put_link(l, c) : put_inode(l, c, c->path);
}

static int put_all(struct layer *l)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < l->changes->n; i++) {
        r = put_change(l, &l->changes->list[i]);
        if (r < 0 && !l->err->text[0])
            err_errno(l->err, -r, "/%s", l->changes->list[i].path);
    }
    if (r == 0 && (r = pax_writer_end(l->tar)) == 0)
        r = fd_write(l->fd, l->out.data, l->out.len);
    return r < 0 && !l->err->text[0] ? err_errno(l->err, -r, "cannot write the layer") : r;
}

static int read_limit(struct layer *l)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;

    if (!text || !*text)
        return 0;
    errno = 0;
    l->limit = strtoll(text, &end, 10);
    l->has_limit = true;
    return *end || errno || l->limit < 0
               ? err_set(l->err, EINVAL, "SOURCE_DATE_EPOCH=%s: not a number of seconds", text)
               : 0;
}

int changes_write_layer(struct un *u, const struct changes *c, const struct changes_ids *ids, int out,
                        unsigned *ret_left_out, struct err *err)
{
    struct layer l = {.un = u,
                      .changes = c,
                      .ids = ids,
                      .out = BUF_INIT,
                      .fd = out,
                      .values = BUF_INIT,
                      .names = malloc(LIST_MAX),
                      .err = err};
    int r = read_limit(&l);

    err->text[0] = r < 0 ? err->text[0] : '\0';
    (void)fcntl(out, F_SETPIPE_SZ, PIPE_SIZE);
    l.tar = pax_writer_new(put, &l);
    if (r == 0)
        r = l.tar && l.names ? put_all(&l) : err_errno(err, ENOMEM, "layer");
    *ret_left_out = l.left_out;
    pax_writer_free(l.tar);
    buf_free(&l.out);
    buf_free(&l.values);
    free(l.names);
    free(l.xattrs);
    return r;
}
