/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/details.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "show/differs.h"
#include "show/layer_facts.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/which.h"

enum {
    XATTRS_MAX = 20, /* names in the line */
};

int row_inode(const struct view *v, const struct row *row, struct index_inode *ret)
{
    if (!row->number)
        return -ENOENT;
    return index_inode(view_index(v, row->of_b, row->layer), row->number, ret);
}

static int end_line(struct buf *b)
{
    return buf_append(b, "", 1);
}

static int add_bytes(struct buf *b, uint64_t n, const char *where)
{
    char size[SIZE_TEXT_MAX];

    return buf_printf(b, "  %llu byte%s%s (%s)", (unsigned long long)n, n == 1 ? "" : "s", where,
                      size_format(n, size));
}

static int add_metadata(const struct row *row, const struct index_inode *in, struct buf *b)
{
    char mode[MODE_TEXT_MAX], time[TIME_TEXT_MAX];
    int r = buf_printf(b, "%s %u:%u", mode_format(in->mode, mode), in->uid, in->gid);

    if (r == 0 && S_ISREG(in->mode))
        r = add_bytes(b, in->size, "");
    if (r == 0 && (S_ISCHR(in->mode) || S_ISBLK(in->mode)))
        r = buf_printf(b, "  device %u, %u", in->rdev_major, in->rdev_minor);
    if (r == 0 && S_ISDIR(in->mode) && row->sum_known)
        r = add_bytes(b, row->size, " beneath");
    if (r == 0)
        r = buf_printf(b, "  %s", time_format(in->mtime.tv_sec, time));
    if (r == 0 && !S_ISDIR(in->mode) && in->nlink > 1)
        r = buf_printf(b, "  %u links", in->nlink);
    return r == 0 ? end_line(b) : r;
}

static int add_target(const struct index *ix, const struct index_inode *in, struct buf *b)
{
    const char *text;
    size_t len;
    int r = index_target(ix, in, &text, &len);

    if (r == 0)
        r = buf_append(b, "-> ", 3);
    if (r == 0)
        r = buf_append(b, text, len);
    return r == 0 ? end_line(b) : r;
}

static int add_xattrs(const struct index *ix, const struct index_inode *in, struct buf *b)
{
    struct index_xattr x;
    uint64_t cursor = 0;
    int r = 0, n = 0;

    while ((r = index_xattr_next(ix, in, &cursor, &x)) > 0 && n < XATTRS_MAX) {
        r = buf_append(b, n ? ", " : "attributes: ", n ? 2 : 12);
        if (r == 0)
            r = buf_append(b, x.name, x.name_len);
        if (r == 0)
            r = buf_printf(b, " (%zu bytes)", x.value_len);
        if (r < 0)
            return r;
        n++;
    }
    if (r > 0)
        r = buf_append(b, ", ...", 5);
    return r < 0 ? r : n ? end_line(b) : 0;
}

static int add_differs(const struct row *row, struct buf *b)
{
    int r;

    if (!row->differs)
        return 0;
    r = buf_append(b, "changed: ", 9);
    if (r == 0)
        r = differs_text(b, row->differs);
    return r == 0 ? end_line(b) : r;
}

/* A line for each layer that has the path, the topmost first. */
static int add_history(const struct explore_image *i, const struct tree_path *names, const char *prefix,
                       struct buf *b)
{
    struct which w = {0};
    int r = which_of(i->study.study, i->image, names, &w);

    if (r == 0 && w.n == 0 && *prefix)
        r = buf_printf(b, "%snot in the image", prefix) < 0 ? -ENOMEM : end_line(b);
    for (size_t k = 0; r == 0 && k < w.n; k++) {
        const struct which_layer *l = &w.layers[k];

        if (buf_printf(b, "%slayer %zu ", prefix, l->layer + 1) < 0 || which_does(b, l) < 0 ||
            buf_append(b, ": ", 2) < 0 || which_entry(b, &w, l) < 0)
            r = -ENOMEM;
        if (r == 0 && l->brings && !l->visible)
            r = buf_printf(b, ", hidden by layer %zu", l->hidden_by + 1);
        if (r == 0 && *l->command)
            r = buf_printf(b, "  | %s", l->command);
        if (r == 0)
            r = end_line(b);
    }
    which_free(&w);
    return r;
}

static int add_histories(const struct explore_images *e, const struct rows *r, size_t row, struct buf *b)
{
    cleanup_buf struct buf text = BUF_INIT;
    cleanup_free const char **names = NULL;
    int n = rows_path(r, row, &text);

    if (n == 0)
        n = path_names(text.data, &names);
    if (n < 0)
        return n;
    const struct tree_path path = {(char **)(uintptr_t)names, (size_t)n};
    int s = add_history(&e->i[0], &path, e->n > 1 ? "A: " : "", b);
    return s == 0 && e->n > 1 ? add_history(&e->i[1], &path, "B: ", b) : s;
}

int details_of_row(const struct explore_images *e, const struct rows *r, size_t row, struct buf *b)
{
    const struct row *at = &r->v[row];
    const struct index *ix = view_index(r->view, at->of_b, at->layer);
    struct index_inode in;
    int s = rows_path(r, row, b);

    if (s == 0)
        s = end_line(b);
    if (s < 0)
        return s;
    s = row_inode(r->view, at, &in);
    if (s == 0)
        s = add_metadata(at, &in, b);
    if (s == 0 && S_ISLNK(in.mode))
        s = add_target(ix, &in, b);
    if (s == 0)
        s = add_xattrs(ix, &in, b);
    if (s == -ENOENT)
        s = 0;
    if (s == 0)
        s = add_differs(at, b);
    return s == 0 ? add_histories(e, r, row, b) : s;
}

static int add_totals(const struct study_layer_total *t, uint64_t blob, struct buf *b)
{
    char dead[SIZE_TEXT_MAX], share[SIZE_TEXT_MAX];
    int r = buf_printf(b, "files: %llu added, %llu changed, %llu in metadata alone, %llu removed",
                       (unsigned long long)t->added, (unsigned long long)t->changed,
                       (unsigned long long)t->metadata, (unsigned long long)t->removed);

    if (r == 0)
        r = end_line(b);
    if (r == 0)
        r = buf_printf(b, "hidden by later layers: %s in %llu files, %s of the blob",
                       size_format(t->dead, dead), (unsigned long long)t->dead_files,
                       size_format(study_share(blob, t->dead, t->size), share));
    return r == 0 ? end_line(b) : r;
}

int details_of_layer(const struct explore_image *i, uint32_t layer, const struct study_totals *totals,
                     struct buf *b)
{
    char hex[DIGEST_HEX_MAX], size[SIZE_TEXT_MAX], blob_text[SIZE_TEXT_MAX];
    const struct index *ix = i->study.layers[layer];
    uint64_t blob = image_study_blob(&i->study, layer);
    cleanup_free char *command = history_command(image_config_layer_history(&i->image->config, layer));
    int r = command ? 0 : -ENOMEM;

    if (r == 0)
        r = buf_printf(b, "layer %u  %.12s", layer + 1, digest_hex(&i->image->config.diff_ids[layer], hex));
    if (r == 0)
        r = end_line(b);
    if (r == 0)
        r = buf_printf(b, "files: %s, blob: %s, %llu inodes", size_format(index_content_size(ix), size),
                       size_format(blob, blob_text),
                       (unsigned long long)(index_inodes(ix) ? index_inodes(ix) - 1 : 0));
    if (r == 0)
        r = end_line(b);
    if (r == 0 && totals && layer < totals->n)
        r = add_totals(&totals->layers[layer], blob, b);
    if (r == 0)
        r = buf_printf(b, "%s", *command ? command : "(the config names no command)");
    return r == 0 ? end_line(b) : r;
}
