/* SPDX-License-Identifier: Apache-2.0 */
#include "act/listing_facts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/file_caps.h"
#include "os/buf.h"
#include "os/fd.h"
#include "show/json_out.h"
#include "tree/image_tree.h"

enum {
    CHUNK = 1 << 20,
};

void listing_facts_done(struct listing_facts *f)
{
    image_study_close(&f->study);
}

/* ---- the layer */

/* Has the directory the attributes of one that no layer describes? A layer may describe it in the same words. */
static bool may_be_undescribed(const struct tree_attr *a, uint32_t layer)
{
    return S_ISDIR(a->mode) && (a->mode & 07777) == 0755 && a->uid == 0 && a->gid == 0 && layer == 0 &&
           a->mtime.tv_sec == 0 && a->mtime.tv_nsec == 0;
}

/* Lists the names from the root down to the directory, in fresh memory. */
static int names_of(struct tree *t, uint64_t node, struct buf *ret)
{
    int r = 0;

    while (r == 0 && node != TREE_ROOT) {
        char name[256], *copy;

        r = tree_name(t, node, &node, name);
        if (r < 0)
            return r;
        copy = strdup(name);
        if (!copy || buf_append(ret, &copy, sizeof copy) < 0) {
            free(copy);
            return -ENOMEM;
        }
    }
    char **names = (char **)(void *)ret->data;
    for (size_t i = 0, n = ret->len / sizeof *names; i < n / 2; i++) {
        char *other = names[i];
        names[i] = names[n - 1 - i];
        names[n - 1 - i] = other;
    }
    return r;
}

/* The layer that describes a directory, by the walk over all layers; -ENOENT: none does. */
static int study_layer(struct listing_facts *f, uint64_t node, uint32_t *ret)
{
    const struct study_path *p = NULL;
    struct buf names = BUF_INIT;
    int r = names_of(f->tree, node, &names);
    size_t n = names.len / sizeof(char *);

    if (r == 0 && !f->studied) {
        r = image_study_open(f->image->store, &f->image->image, f->upto, &f->study, &f->err);
        f->studied = r == 0;
    }
    if (r == 0)
        r = study_enter(f->study.study, (const char *const *)(void *)names.data, n);
    if (r == 0)
        r = study_next(f->study.study, &p) < 0 ? -EUCLEAN : 0;
    for (size_t i = 0; i < n; i++)
        free(((char **)(void *)names.data)[i]);
    buf_free(&names);
    if (r < 0)
        return r;
    const struct study_event *last = p->n ? &p->events[p->n - 1] : NULL;
    if (!last || !last->after.exists || !last->after.number)
        return -ENOENT;
    *ret = last->after.layer;
    return 0;
}

static int set_layer(struct listing_facts *f, uint64_t node, json_t *o)
{
    struct tree_attr attr;
    uint32_t layer;
    int r = tree_getattr(f->tree, node, &attr);

    if (r == 0)
        r = image_tree_layer(f->tree, node, &layer);
    if (r < 0)
        return r;
    if (S_ISDIR(attr.mode) && layer < f->first)
        return 0; /* described by none of these layers */
    if (!f->first && may_be_undescribed(&attr, layer))
        r = study_layer(f, node, &layer);
    return r == -ENOENT ? 0 : r < 0 ? r : json_set_number(o, "layer", layer + 1);
}

/* ---- extended attributes */

static int get_value(struct tree *t, uint64_t node, const char *name, char **ret, size_t *ret_len)
{
    ssize_t len = tree_getxattr(t, node, name, NULL, 0);
    char *value = len >= 0 ? malloc((size_t)len + 1) : NULL;

    if (len < 0)
        return (int)len;
    if (!value)
        return -ENOMEM;
    len = len ? tree_getxattr(t, node, name, value, (size_t)len) : 0;
    if (len < 0) {
        free(value);
        return (int)len;
    }
    *ret = value;
    *ret_len = (size_t)len;
    return 0;
}

static int add_xattr(struct tree *t, uint64_t node, const char *name, json_t *list, json_t *o)
{
    cleanup_free char *value = NULL, *caps = NULL;
    json_t *x = json_object();
    size_t len = 0;
    int r = x ? get_value(t, node, name, &value, &len) : -ENOMEM;

    if (r == 0)
        r = json_set_str(x, "xattr", name);
    if (r == 0)
        r = json_set_text(x, "value", value, len);
    if (r < 0 || json_array_append_new(list, x) < 0) {
        if (r < 0)
            json_decref(x);
        return r < 0 ? r : -ENOMEM;
    }
    if (strcmp(name, FILE_CAPS_XATTR) != 0)
        return 0;
    r = file_caps_text(value, len, &caps);
    return r == -EINVAL ? 0 : r < 0 ? r : json_set_str(o, "capabilities", caps);
}

static int set_xattrs(struct tree *t, uint64_t node, json_t *o)
{
    ssize_t len = tree_listxattr(t, node, NULL, 0);
    int r = 0;

    if (len <= 0)
        return (int)len;
    cleanup_free char *names = malloc((size_t)len + 1);
    json_t *list = json_array();
    len = names && list ? tree_listxattr(t, node, names, (size_t)len) : -ENOMEM;
    if (len < 0) {
        json_decref(list);
        return (int)len;
    }
    names[len] = '\0';
    for (const char *at = names; r == 0 && at < names + len; at += strlen(at) + 1)
        r = add_xattr(t, node, at, list, o);
    if (r < 0) {
        json_decref(list);
        return r;
    }
    return json_object_set_new(o, "xattrs", list) < 0 ? -ENOMEM : 0;
}

int listing_facts_json(struct listing_facts *f, uint64_t node, json_t *o)
{
    int r = json_set_str(o, "name", f->image->image.name);

    if (r == 0)
        r = set_layer(f, node, o);
    return r == 0 ? set_xattrs(f->tree, node, o) : r;
}

/* ---- contents */

void content_reading_done(struct content_reading *c)
{
    progress_free(c->progress);
    free(c->chunk);
    *c = (struct content_reading){0};
}

static int read_content(struct content_reading *c, const struct tree_content *content,
                        struct digest_stream *stream)
{
    int r = 0;

    for (uint64_t done = 0; r == 0 && done < content->size;) {
        size_t want = content->size - done < CHUNK ? (size_t)(content->size - done) : CHUNK;
        ssize_t got = fd_pread(content->fd, c->chunk, want, content->offset + done);

        if (got <= 0)
            return got < 0 ? (int)got : -EUCLEAN;
        r = digest_stream_update(stream, c->chunk, (size_t)got);
        done += (uint64_t)got;
        c->done += (uint64_t)got;
        if (c->progress)
            progress_reading(c->progress, c->done, PROGRESS_UNKNOWN);
    }
    return r;
}

int content_digest(struct content_reading *c, struct tree *t, uint64_t node, struct digest *ret)
{
    struct digest_stream *stream = digest_stream_new(DIGEST_SHA256);
    struct tree_content content;
    int r;

    if (!c->chunk)
        c->chunk = malloc(CHUNK);
    r = stream && c->chunk ? tree_content(t, node, &content) : -ENOMEM;
    if (r == 0) {
        r = read_content(c, &content, stream);
        tree_content_put(t, &content);
    }
    if (r == 0)
        r = digest_stream_final(stream, ret);
    digest_stream_free(stream);
    return r;
}
