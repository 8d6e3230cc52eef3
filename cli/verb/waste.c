/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/gate.h"
#include "act/image_arg.h"
#include "command/options.h"
#include "show/json_out.h"
#include "show/size.h"
#include "show/text.h"
#include "show/waste.h"
#include "show/waste_print.h"

enum {
    OPTION_BYTES = 256,
    OPTION_PERCENT,
    OPTION_EFFICIENCY,
    OPTION_BUDGET,
    TOP_DEFAULT = 10,
    TOP_MAX = 100000,
};

static const struct verb_option options[] = {
    {'n', "top", "N", "print the N largest of each kind (10)"},
    {OPTION_BYTES, "max-wasted-bytes", "SIZE", "fail if more bytes are wasted"},
    {OPTION_PERCENT, "max-wasted-percent", "P", "fail if a larger part of the bytes is wasted"},
    {OPTION_EFFICIENCY, "min-efficiency", "E", "fail if the efficiency (0 to 1) is lower"},
    {OPTION_BUDGET, "budget", "FILE", "fail if paths have more bytes than FILE allows"},
    {'j', "json", NULL, "print JSON, with the results"},
    {0, NULL, NULL, NULL},
};

static void count_dead(void *ctx, const char *path, uint64_t size)
{
    gate_count(ctx, GATE_PATH_WASTED, path, size);
}

static void count_shown(void *ctx, const char *path, uint64_t size)
{
    gate_count(ctx, GATE_PATH_SIZE, path, size);
}

static int print_limit(const struct gate_limit *l)
{
    char found[GATE_TEXT_MAX];
    int r = printf("%s %s", l->passed ? "pass" : "FAIL", gate_name(l->kind));

    if (r >= 0 && l->pattern) {
        r = putchar(' ') == EOF ? -1 : text_put(stdout, l->pattern, strlen(l->pattern), TEXT_NAME);
    }
    return r < 0 || printf(": %s, allowed %s\n", gate_found(l, found), l->allowed) < 0 ? -EIO : 0;
}

static int print_gate(const struct gate *g)
{
    int r = g->n && putchar('\n') == EOF ? -EIO : 0;

    for (size_t i = 0; r == 0 && i < g->n; i++)
        r = print_limit(&g->limits[i]);
    return r;
}

static int set_limit(json_t *array, const struct gate_limit *l)
{
    char found[GATE_TEXT_MAX];
    json_t *o = json_object();

    if (!o || json_set_str(o, "limit", gate_name(l->kind)) < 0 ||
        (l->pattern && json_set_str(o, "pattern", l->pattern) < 0) ||
        json_set_str(o, "allowed", l->allowed) < 0 || json_set_str(o, "found", gate_found(l, found)) < 0 ||
        json_object_set_new(o, "passed", json_boolean(l->passed)) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_array_append_new(array, o) < 0 ? -ENOMEM : 0;
}

static int print_json(const struct waste *w, const struct gate *g, bool passed)
{
    json_t *o = waste_json(w), *limits = json_array();
    int r = o && limits ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < g->n; i++)
        r = set_limit(limits, &g->limits[i]);
    if (r == 0 && (json_object_set(o, "limits", limits) < 0 ||
                   json_object_set_new(o, "passed", json_boolean(passed)) < 0))
        r = -ENOMEM;
    json_decref(limits);
    if (r == 0)
        return json_print(stdout, o);
    json_decref(o);
    return r;
}

/* Reports the exceeded limits in one line, also if the output is JSON. */
static void complain(const struct waste *w, const struct gate *g)
{
    size_t failed = 0;
    const struct gate_limit *first = NULL;
    char found[GATE_TEXT_MAX];

    for (size_t i = 0; i < g->n; i++) {
        failed += !g->limits[i].passed;
        if (!first && !g->limits[i].passed)
            first = &g->limits[i];
    }
    if (first)
        cli_failf("%s does not keep to %zu of %zu limits: %s%s%s: %s, allowed %s",
                  w->image->name ? w->image->name : "the image", failed, g->n, gate_name(first->kind),
                  first->pattern ? " " : "", first->pattern ? first->pattern : "", gate_found(first, found),
                  first->allowed);
}

static int waste(const struct image_arg *a, struct gate *g, size_t top, bool json)
{
    const struct waste_watch watch = {.dead = gate_has(g, GATE_PATH_WASTED) ? count_dead : NULL,
                                      .shown = gate_has(g, GATE_PATH_SIZE) ? count_shown : NULL,
                                      .ctx = g};
    struct waste w = {0};
    struct err err = {""};
    int status;

    if (waste_count(a->store, &a->image, top, &watch, &w, &err) < 0) {
        status = cli_fail(&err);
    } else {
        bool passed = gate_judge(g, w.totals.size, w.totals.dead);
        int r = json ? print_json(&w, g, passed) : waste_print(&w);

        if (r == 0 && !json)
            r = print_gate(g);
        status = cli_output_status(r);
        if (status == STATUS_DONE && !passed) {
            complain(&w, g);
            status = STATUS_OVER;
        }
    }
    waste_free(&w);
    return status;
}

static int take_option(struct options *o, int c, struct gate *g, size_t *top, bool *json)
{
    struct err err = {""};
    uint64_t n = 0;
    int r = 0;

    if (c == 'n') {
        if (number_parse(o->value, &n) < 0 || n > TOP_MAX)
            return options_bad(o, "--top takes a number up to %d", TOP_MAX);
        *top = (size_t)n;
    } else if (c == OPTION_BUDGET) {
        r = gate_read(g, o->value, &err);
    } else if (c == 'j') {
        *json = true;
    } else {
        r = gate_add(g, (enum gate_kind)(c - OPTION_BYTES), o->value, &err);
    }
    return r < 0 ? options_bad(o, "%s", err.text) : 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct gate g = {0};
    size_t top = TOP_DEFAULT;
    bool json = false;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        take_option(&o, c, &g, &top, &json);
    if (options_operands(&o, 1, 1, "IMAGE") < 0) {
        status = o.status;
    } else {
        status = image_arg_find(cli, o.argv[0], &a);
        if (status == STATUS_DONE)
            status = waste(&a, &g, top, json);
    }
    gate_free(&g);
    return status;
}

const struct verb verb_waste = {
    .name = "waste",
    .summary = "list wasted bytes of an image's layers, and check limits",
    .synopsis =
        "[--top N] [--max-wasted-bytes SIZE] [--max-wasted-percent P] [--min-efficiency E] [--budget FILE] "
        "[--json] IMAGE",
    .about =
        "Lists the bytes of layers that the image does not show, because a later layer replaces them, contains them\n"
        "again with other metadata, or removes them: for each pair of layers, with their commands and an advice how to\n"
        "save them; the largest files; and equal contents that the image contains more than once.\n"
        "With limits: exit status 0 within all of them, 3 otherwise.\n",
    .options = options,
    .examples = "mica waste app:1\n"
                "mica waste --min-efficiency 0.95 --max-wasted-bytes 20MB app:1\n"
                "mica waste --json --budget budgets app:1 | jq '.pairs[] | select(.dead_size > 1e6)'\n",
    .run = run,
};
