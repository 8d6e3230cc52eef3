/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/digest.h"
#include "report/page_text.h"
#include "report/page_values.h"
#include "report/palette.h"
#include "report/template.h"
#include "report/values.h"

/* Nodes of the map below this part of the image have no rectangle in any treemap that is worth seeing. */
#define MAP_PARTS 50000

struct making {
    const struct report_options *options;
    json_t *values;
    struct err *err;
};

static void tell_step(const struct making *m, const char *text)
{
    if (m->options->step)
        m->options->step(m->options->ctx, text);
}

/* Sets values[key]; takes `value` over, also on failure. */
static int set(struct making *m, const char *key, json_t *value)
{
    return json_object_set_new(m->values, key, value) < 0 ? -ENOMEM : 0;
}

/* The same for a list, and has_KEY: has it elements? */
static int set_list(struct making *m, const char *key, json_t *list)
{
    char has[32];
    bool any = json_array_size(list) > 0;

    snprintf(has, sizeof has, "has_%s", key);
    return set(m, key, list) < 0 ? -ENOMEM : values_bool(m->values, has, any);
}

static int add_side(struct making *m, const struct waste *w)
{
    return values_add(json_object_get(m->values, "sides"), side_values(w), 0);
}

/* ---- one image */

static int add_map(struct making *m, struct image_study *study, uint64_t shown)
{
    struct image_map map;
    struct map_dirs dirs = {0};
    uint64_t floor = shown / MAP_PARTS ? shown / MAP_PARTS : 1;
    int r = image_map_make(study->study, floor, m->options->top, &map);

    if (r == 0)
        r = map_dirs_make(&map, m->options->top > MAP_VIEWS_MAX ? m->options->top : MAP_VIEWS_MAX, &dirs);
    if (r == 0)
        r = set(m, "files", file_values(&map, study->n));
    if (r == 0)
        r = set(m, "directories", dir_values(&dirs, m->options->top, study->n));
    if (r == 0)
        r = set(m, "views", shown ? map_views(&dirs, study->n) : json_array());
    map_dirs_free(&dirs);
    image_map_free(&map);
    return r;
}

static int add_waste(struct making *m, const struct waste *w)
{
    int r = set_list(m, "pairs", pair_values(w));

    if (r == 0)
        r = set_list(m, "dead", dead_values(w));
    if (r == 0)
        r = set_list(m, "duplicates", duplicate_values(w));
    return r == 0 ? values_number(m->values, "more_pairs",
                                  w->totals.n_pairs > w->max ? w->totals.n_pairs - w->max : 0)
                  : r;
}

static int add_layers(struct making *m, const struct report_image *a, const struct waste *w)
{
    json_t *layers = json_array();
    int r = layer_values(a->store, w, layers, m->err);

    if (r < 0) {
        json_decref(layers);
        return r;
    }
    return set(m, "layers", layers);
}

static int add_image(struct making *m, const struct report_image *a)
{
    cleanup_image_study struct image_study study = {0};
    struct waste w = {0};
    int r;

    tell_step(m, "counting");
    r = waste_count(a->store, a->image, m->options->top, NULL, &w, m->err);
    if (r == 0)
        r = add_side(m, &w);
    if (r == 0)
        r = add_layers(m, a, &w);
    if (r == 0)
        r = add_waste(m, &w);
    if (r == 0)
        r = config_values(a->image, m->values, m->err);
    if (r == 0)
        r = image_study_open(a->store, a->image, UINT32_MAX, &study, m->err);
    tell_step(m, "drawing");
    if (r == 0)
        r = add_map(m, &study, w.totals.size - w.totals.dead);
    waste_free(&w);
    return r;
}

/* ---- two images */

static int add_differences(struct making *m, const struct report_image *a, const struct report_image *b)
{
    cleanup_image_study struct image_study sa = {0};
    cleanup_image_study struct image_study sb = {0};
    struct image_diff d = {0};
    int r = image_study_open(a->store, a->image, UINT32_MAX, &sa, m->err);

    if (r == 0)
        r = image_study_open(b->store, b->image, UINT32_MAX, &sb, m->err);
    if (r == 0)
        r = image_diff_make(&sa, &sb, m->options->ignored, &d, m->err);
    if (r == 0)
        r = set(m, "diff", diff_values(&d, m->options->top));
    image_diff_free(&d);
    return r;
}

static int add_second(struct making *m, const struct report_image *a, const struct report_image *b)
{
    struct waste w = {0};
    int r = 0;

    if (!b)
        return set(m, "diff", json_false());
    tell_step(m, "comparing");
    r = waste_count(b->store, b->image, 0, NULL, &w, m->err);
    if (r == 0)
        r = add_side(m, &w);
    waste_free(&w);
    return r == 0 ? add_differences(m, a, b) : r;
}

/* ---- the page */

/* The hash of a style sheet or a script as Content-Security-Policy has it: "sha256-" and base64 (RFC 4648). */
static int set_hash(json_t *o, const char *key, const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char base64[45];
    struct digest d;
    int r = digest_of(DIGEST_SHA256, text, strlen(text), &d);

    if (r < 0)
        return r;
    for (size_t i = 0, k = 0; i < 33; i += 3, k += 4) {
        uint32_t n =
            (uint32_t)d.bytes[i] << 16 | (uint32_t)d.bytes[i + 1] << 8 | (i < 30 ? d.bytes[i + 2] : 0);

        for (size_t c = 0; c < 4; c++)
            base64[k + c] = alphabet[n >> (18 - 6 * c) & 63];
    }
    base64[43] = '=';
    base64[44] = 0;
    return json_object_set_new(o, key, json_sprintf("sha256-%s", base64)) < 0 ? -ENOMEM : 0;
}

static int write_page(struct making *m, uint32_t layers, struct buf *out)
{
    cleanup_buf struct buf palette = BUF_INIT;
    int r = palette_css(&palette, layers);

    if (r == 0)
        r = buf_str(&palette) ? set_hash(m->values, "palette_hash", palette.data) : -ENOMEM;
    if (r == 0)
        r = set_hash(m->values, "style_hash", page_css);
    if (r == 0)
        r = set_hash(m->values, "script_hash", page_js);
    if (r == 0)
        r = values_text(m->values, "version", MICA_VERSION, 0);
    const struct template_part parts[] = {
        {"style", page_css}, {"palette", palette.data}, {"script", page_js}, {NULL, NULL}};
    return r == 0 ? template_fill(page_html, m->values, parts, out) : r;
}

int report_make(const struct report_image *a, const struct report_image *b,
                const struct report_options *options, struct buf *out, struct err *err)
{
    struct making m = {.options = options, .values = json_object(), .err = err};
    int r = m.values ? set(&m, "sides", json_array()) : -ENOMEM;

    if (r == 0)
        r = add_image(&m, a);
    if (r == 0)
        r = add_second(&m, a, b);
    if (r == 0)
        r = write_page(&m, (uint32_t)a->image->config.n_diff_ids, out);
    json_decref(m.values);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "cannot make the page") : r;
}
