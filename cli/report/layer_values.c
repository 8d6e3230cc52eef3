/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "report/page_values.h"
#include "report/palette.h"
#include "report/values.h"
#include "show/layer_facts.h"
#include "show/rfc3339.h"

static uint64_t count_files(const struct study_totals *t)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < t->n; i++)
        n += t->layers[i].added - t->layers[i].removed;
    return n;
}

static int set_sizes(json_t *o, const struct waste *w)
{
    const struct study_totals *t = &w->totals;

    if (values_size(o, "shown", t->size - t->dead) < 0 || values_size(o, "shipped", t->size) < 0 ||
        values_size(o, "wasted", t->dead) < 0 || values_percent(o, "wasted_percent", t->dead, t->size) < 0 ||
        values_size(o, "blobs", w->blobs) < 0 || values_size(o, "dead_blobs", w->dead_blobs) < 0 ||
        values_size(o, "duplicates", w->duplicates.size) < 0)
        return -ENOMEM;
    return t->size ? values_percent(o, "efficiency", t->size - t->dead, t->size)
                   : values_text(o, "efficiency", "100.0%", 0);
}

/* "2024-05-06 07:08:09 UTC"; another text as it is. */
static int set_created(json_t *o, const char *text)
{
    struct timespec at;
    struct tm tm;
    char shown[64];

    if (text && rfc3339_parse(text, &at) == 0 && gmtime_r(&at.tv_sec, &tm) &&
        strftime(shown, sizeof shown, "%F %T UTC", &tm))
        text = shown;
    return values_text(o, "created", text, 0);
}

json_t *side_values(const struct waste *w)
{
    const struct image *i = w->image;
    char digest[DIGEST_STRING_MAX], platform[100];
    json_t *o = json_object();

    if (o && values_text(o, "name", i->name ? i->name : "without a name", 0) == 0 &&
        values_text(o, "digest", digest_string(&i->manifest_digest, digest), 0) == 0 &&
        values_text(o, "platform", platform_string(&i->config.platform, platform), 0) == 0 &&
        set_created(o, i->config.created) == 0 && values_number(o, "layers", w->totals.n) == 0 &&
        values_number(o, "files", count_files(&w->totals)) == 0 && set_sizes(o, w) == 0)
        return o;
    json_decref(o);
    return NULL;
}

/* The place of a layer in a bar of all bytes, and in one of the largest layer. */
static int set_bars(json_t *o, const struct study_totals *t, uint32_t n)
{
    const struct study_layer_total *l = &t->layers[n];
    uint64_t below = 0, largest = 1;

    for (uint32_t i = 0; i < t->n; i++) {
        below += i < n ? t->layers[i].size : 0;
        largest = t->layers[i].size > largest ? t->layers[i].size : largest;
    }
    if (values_hundredths(o, "bar_x", below, t->size) < 0 ||
        values_hundredths(o, "bar_w", l->size, t->size) < 0 ||
        values_hundredths(o, "live_part", l->size - l->dead, l->size) < 0 ||
        values_hundredths(o, "dead_part", l->dead, l->size) < 0 ||
        values_hundredths(o, "row_live", l->size - l->dead, largest) < 0 ||
        values_hundredths(o, "row_dead", l->dead, largest) < 0)
        return -ENOMEM;
    return values_bool(o, "wide", l->size >= t->size / 40 && l->size);
}

static int set_counts(json_t *o, const struct study_layer_total *l)
{
    return values_number(o, "added", l->added) < 0 || values_number(o, "changed", l->changed) < 0 ||
                   values_number(o, "metadata", l->metadata) < 0 ||
                   values_number(o, "removed", l->removed) < 0
               ? -ENOMEM
               : 0;
}

static int add_layer(json_t *list, const struct waste *w, const struct layer_facts *f, uint32_t n)
{
    const struct study_layer_total *l = &w->totals.layers[n];
    uint64_t blob = f->blob ? f->blob->size : 0;
    char hex[DIGEST_HEX_MAX];
    json_t *o = json_object();
    int r = o ? 0 : -ENOMEM;

    if (r == 0 &&
        (values_number(o, "number", n + 1) < 0 ||
         values_number(o, "colour", palette_class(n, w->totals.n)) < 0 ||
         values_text(o, "digest", digest_hex(&f->diff_id, hex), 0) < 0 ||
         values_text(o, "command", *f->command ? f->command : "not known", 0) < 0 ||
         values_bool(o, "known", *f->command) < 0 || values_size(o, "size", f->size) < 0 ||
         values_size(o, "blob", blob) < 0 || values_size(o, "dead", l->dead) < 0 ||
         values_size(o, "dead_blob", study_share(blob, l->dead, l->size)) < 0 ||
         values_number(o, "files", f->files) < 0 || set_counts(o, l) < 0 || set_bars(o, &w->totals, n) < 0))
        r = -ENOMEM;
    return values_add(list, o, r);
}

int layer_values(struct store *s, const struct waste *w, json_t *list, struct err *err)
{
    struct digest chain;
    int r = list ? 0 : -ENOMEM;

    for (uint32_t n = 0; r == 0 && n < w->totals.n; n++) {
        struct layer_facts f;

        r = layer_facts(s, w->image, n, n ? &chain : NULL, &f, err);
        if (r < 0)
            return r;
        chain = f.chain_id;
        r = add_layer(list, w, &f, n);
        layer_facts_free(&f);
    }
    return r < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}
