/* SPDX-License-Identifier: Apache-2.0 */
#include "show/waste_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "show/json_out.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"
#include "show/waste.h"

/* "12.34%", rounded half up. */
static const char *percent(uint64_t part, uint64_t whole, char buf[16])
{
    uint64_t n = whole ? (uint64_t)(((__uint128_t)part * 10000 + whole / 2) / whole) : 0;

    snprintf(buf, 16, "%u.%02u%%", (unsigned)(n / 100), (unsigned)(n % 100));
    return buf;
}

static int print_sums(const struct waste *w)
{
    const struct study_totals *t = &w->totals;
    char size[SIZE_TEXT_MAX], dead[SIZE_TEXT_MAX], blobs[SIZE_TEXT_MAX], dead_blobs[SIZE_TEXT_MAX], part[16],
        efficiency[16], copies[SIZE_TEXT_MAX];
    int r = printf("wasted: %s of %s (%s); compressed about %s of %s\n", size_format(t->dead, dead),
                   size_format(t->size, size), percent(t->dead, t->size, part),
                   size_format(w->dead_blobs, dead_blobs), size_format(w->blobs, blobs));

    if (r >= 0)
        r = printf("efficiency: %s\n", t->size ? percent(t->size - t->dead, t->size, efficiency) : "100.00%");
    if (r >= 0)
        r = printf("equal content, kept more than once: %s\n", size_format(w->duplicates.size, copies));
    return r < 0 ? -EIO : 0;
}

static int pair_row(struct table *t, const struct waste *w, const struct study_pair *p)
{
    char size[SIZE_TEXT_MAX], blob[SIZE_TEXT_MAX];

    if (table_cellf(t, "%u", p->from + 1) < 0 || table_cellf(t, "%u", p->by + 1) < 0 ||
        table_cell(t, size_format(p->size, size)) < 0 ||
        table_cell(t, size_format(waste_pair_blob(w, p), blob)) < 0 ||
        table_cellf(t, "%llu", (unsigned long long)p->files) < 0)
        return -ENOMEM;
    return table_cell(t, waste_loss_name(p->loss));
}

static int print_command(const struct waste *w, uint32_t layer)
{
    const char *command = *w->commands[layer] ? w->commands[layer] : "(not known)";
    int r = printf("      %u: ", layer + 1);

    if (r >= 0)
        r = text_put(stdout, command, strlen(command), 0);
    return r < 0 || putchar('\n') == EOF ? -EIO : 0;
}

static int print_pairs(const struct waste *w)
{
    static const struct table_column columns[] = {
        {"LAYER", true}, {"HIDDEN BY", true}, {"SIZE", true}, {"BLOB", true}, {"FILES", true}, {"HOW", false},
    };
    size_t n = w->totals.n_pairs < w->max ? w->totals.n_pairs : w->max;
    struct table *t = n ? table_new(columns, sizeof columns / sizeof *columns) : NULL;
    int r = n && !t ? -ENOMEM : 0;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = pair_row(t, w, &w->totals.pairs[i]);
    if (r == 0 && n)
        r = putchar('\n') == EOF ? -EIO : table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct study_pair *p = &w->totals.pairs[i];
        char size[SIZE_TEXT_MAX];

        r = printf("\n%s: %s\n", size_format(p->size, size), waste_advice(p->loss)) < 0 ? -EIO : 0;
        if (r == 0)
            r = print_command(w, p->from);
        if (r == 0)
            r = print_command(w, p->by);
    }
    return r;
}

static int print_files(const struct waste *w)
{
    static const struct table_column columns[] = {
        {"SIZE", true}, {"LAYER", true}, {"HIDDEN BY", true}, {"HOW", false}, {"PATH", false},
    };
    struct table *t = w->n_files ? table_new(columns, sizeof columns / sizeof *columns) : NULL;
    int r = w->n_files && !t ? -ENOMEM : 0;

    for (size_t i = 0; r == 0 && i < w->n_files; i++) {
        const struct waste_file *f = &w->files[i];
        char size[SIZE_TEXT_MAX];

        if (table_cell(t, size_format(f->what.size, size)) < 0 ||
            table_cellf(t, "%u", f->what.from + 1) < 0 || table_cellf(t, "%u", f->what.by + 1) < 0 ||
            table_cell(t, waste_loss_name(f->what.loss)) < 0 || table_cell(t, f->path) < 0)
            r = -ENOMEM;
    }
    if (r == 0 && t)
        r = putchar('\n') == EOF ? -EIO : table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    return r;
}

static int print_copies(const struct waste *w)
{
    static const struct table_column columns[] = {{"SIZE", true}, {"COPIES", true}, {"PATHS", false}};
    struct table *t = w->duplicates.n ? table_new(columns, sizeof columns / sizeof *columns) : NULL;
    int r = w->duplicates.n && !t ? -ENOMEM : 0;

    for (size_t i = 0; r == 0 && i < w->duplicates.n; i++) {
        const struct study_group *g = &w->duplicates.groups[i];
        cleanup_buf struct buf paths = BUF_INIT;
        char size[SIZE_TEXT_MAX];

        for (size_t k = 0; r == 0 && k < g->n_paths; k++)
            r = buf_printf(&paths, "%s%s", k ? " " : "", g->paths[k]);
        if (r == 0 && g->copies > g->n_paths)
            r = buf_printf(&paths, " ...");
        if (r == 0 && (table_cell(t, size_format(g->size, size)) < 0 ||
                       table_cellf(t, "%llu", (unsigned long long)g->copies) < 0 || !buf_str(&paths) ||
                       table_cell(t, paths.data) < 0))
            r = -ENOMEM;
    }
    if (r == 0 && t)
        r = putchar('\n') == EOF ? -EIO : table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    return r;
}

int waste_print(const struct waste *w)
{
    int r = print_sums(w);

    if (r == 0)
        r = print_pairs(w);
    if (r == 0)
        r = print_files(w);
    return r == 0 ? print_copies(w) : r;
}

/* ---- JSON */

/* Adds an element to an array; releases it on failure. */
static int append(json_t *array, json_t *o, int r)
{
    if (r < 0) {
        json_decref(o);
        return r;
    }
    return json_array_append_new(array, o) < 0 ? -ENOMEM : 0;
}

static int set_pair(json_t *o, const struct study_pair *p)
{
    if (!o || json_set_number(o, "layer", p->from + 1) < 0 || json_set_number(o, "hidden_by", p->by + 1) < 0)
        return -ENOMEM;
    return json_set_str(o, "loss", waste_loss_name(p->loss));
}

static int add_pair(json_t *array, const struct waste *w, const struct study_pair *p)
{
    const char *from = w->commands[p->from], *by = w->commands[p->by];
    json_t *o = json_object();
    int r = set_pair(o, p);

    if (r == 0 &&
        (json_set_number(o, "dead_files", p->files) < 0 || json_set_number(o, "dead_size", p->size) < 0 ||
         json_set_number(o, "dead_blob_size", waste_pair_blob(w, p)) < 0 ||
         json_set_str(o, "command", *from ? from : NULL) < 0 ||
         json_set_str(o, "hidden_by_command", *by ? by : NULL) < 0 ||
         json_set_str(o, "advice", waste_advice(p->loss)) < 0))
        r = -ENOMEM;
    return append(array, o, r);
}

static int add_file(json_t *array, const struct waste_file *f)
{
    json_t *o = json_object();
    int r = set_pair(o, &f->what);

    if (r == 0)
        r = json_set_number(o, "size", f->what.size);
    if (r == 0)
        r = json_set_str(o, "path", f->path);
    return append(array, o, r);
}

static int add_group(json_t *array, const struct study_group *g)
{
    json_t *o = json_object(), *paths = json_array();
    int r = o && paths && json_object_set_new(o, "copies_at", paths) == 0 ? 0 : -ENOMEM;

    if (r == 0 && (json_set_number(o, "size", g->size) < 0 || json_set_number(o, "copies", g->copies) < 0))
        r = -ENOMEM;
    for (size_t i = 0; r == 0 && i < g->n_paths; i++) {
        json_t *one = json_object();
        r = append(paths, one, one ? json_set_str(one, "path", g->paths[i]) : -ENOMEM);
    }
    return append(array, o, r);
}

static int set_lists(json_t *o, const struct waste *w)
{
    json_t *pairs = json_array(), *files = json_array(), *copies = json_array();
    int r = json_object_set_new(o, "pairs", pairs) | json_object_set_new(o, "dead", files) |
            json_object_set_new(o, "duplicates", copies);

    for (size_t i = 0; r == 0 && i < w->totals.n_pairs; i++)
        r = add_pair(pairs, w, &w->totals.pairs[i]);
    for (size_t i = 0; r == 0 && i < w->n_files; i++)
        r = add_file(files, &w->files[i]);
    for (size_t i = 0; r == 0 && i < w->duplicates.n; i++)
        r = add_group(copies, &w->duplicates.groups[i]);
    return r < 0 ? -ENOMEM : 0;
}

json_t *waste_json(const struct waste *w)
{
    const struct study_totals *t = &w->totals;
    double efficiency = t->size ? (double)(t->size - t->dead) / (double)t->size : 1;
    json_t *o = json_object();

    if (o && json_set_str(o, "name", w->image->name) == 0 &&
        json_set_digest(o, "digest", &w->image->manifest_digest) == 0 &&
        json_set_number(o, "shipped_size", t->size) == 0 && json_set_number(o, "wasted_size", t->dead) == 0 &&
        json_set_number(o, "shipped_blob_size", w->blobs) == 0 &&
        json_set_number(o, "wasted_blob_size", w->dead_blobs) == 0 &&
        json_set_number(o, "duplicate_size", w->duplicates.size) == 0 &&
        json_object_set_new(o, "efficiency", json_real(efficiency)) == 0 && set_lists(o, w) == 0)
        return o;
    json_decref(o);
    return NULL;
}
