/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/rfc3339.h"
#include "show/size.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"LAYER", true},
    {"CREATED", false},
    {"SIZE", true},
    {"COMMAND", false},
};

/* One step of the history. */
struct step {
    const struct history *history;
    size_t layer;                 /* bottom = 1; 0: none, or unknown */
    const struct digest *diff_id; /* of that layer */
    uint64_t size;                /* bytes that it adds */
    char *command;                /* one line */
};

static int add_row(struct table *t, const struct step *s)
{
    char created[TIME_TEXT_MAX], size[SIZE_TEXT_MAX];
    struct timespec time;
    bool known = s->history->created && rfc3339_parse(s->history->created, &time) == 0;
    int r = s->layer ? table_cellf(t, "%zu", s->layer) : table_cell(t, NULL);

    if (r == 0)
        r = table_cell(t, known ? time_format(time.tv_sec, created) : NULL);
    if (r == 0)
        r = table_cell(t, s->layer || s->history->empty_layer ? size_format(s->size, size) : NULL);
    return r < 0 ? r : table_cell(t, *s->command ? s->command : NULL);
}

static int add_json(struct json_list *l, const struct step *s)
{
    json_t *o = json_object();

    if (o && (json_set_time_text(o, "created", s->history->created) < 0 ||
              json_set_str(o, "command", *s->command ? s->command : NULL) < 0 ||
              json_set_str(o, "author", s->history->author) < 0 ||
              json_set_str(o, "comment", s->history->comment) < 0 ||
              json_object_set_new(o, "empty", json_boolean(s->history->empty_layer)) < 0 ||
              (s->layer && (json_set_number(o, "layer", s->layer) < 0 ||
                            json_set_digest(o, "diff_id", s->diff_id) < 0)) ||
              ((s->layer || s->history->empty_layer) && json_set_number(o, "size", s->size) < 0))) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(l, o);
}

static int layer_size(struct store *s, const struct digest *diff_id, uint64_t *ret, struct err *err)
{
    struct index *ix;
    int r = store_open_layer_index(s, diff_id, &ix, err);

    if (r < 0)
        return r;
    *ret = index_content_size(ix);
    index_free(ix);
    return 0;
}

/* Counts the steps that make a layer. */
static size_t count_steps(const struct image_config *config)
{
    size_t n = 0;

    for (size_t i = 0; i < config->n_history; i++)
        n += !config->history[i].empty_layer;
    return n;
}

/* Prints the steps, the last one first, to `t`, or as JSON if that is NULL. */
static int list(const struct image_arg *a, struct table *t)
{
    const struct image_config *config = &a->image.config;
    struct json_list l = JSON_LIST_INIT;
    struct err err = {""};
    size_t layer = count_steps(config);
    bool known = layer == config->n_diff_ids;
    int r = 0;

    if (!known)
        cli_notef(
            "layers in the history: %zu, in the image: %zu; steps cannot be matched with layers (mica layers lists them)",
            layer, config->n_diff_ids);
    for (size_t i = config->n_history; i-- > 0 && r == 0;) {
        const struct history *h = &config->history[i];
        struct step s = {.history = h};
        if (known && !h->empty_layer) {
            s.layer = layer--;
            s.diff_id = &config->diff_ids[s.layer - 1];
            if (layer_size(a->store, s.diff_id, &s.size, &err) < 0)
                return cli_fail(&err);
        }
        s.command = history_command(h);
        if (!s.command)
            return cli_output_status(-ENOMEM);
        r = t ? add_row(t, &s) : add_json(&l, &s);
        free(s.command);
    }
    if (r == 0)
        r = t ? table_print(t, stdout, terminal_width(stdout)) : json_list_end(&l);
    return cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    if (status)
        return status;
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    status = json || t ? list(&a, t) : cli_output_status(-ENOMEM);
    table_free(t);
    return status;
}

const struct verb verb_history = {
    .name = "history",
    .summary = "list the steps that created an image",
    .synopsis = "[--json] IMAGE",
    .about =
        "Lists the steps of the history in the config of the image, last step first: the layer (none if the step changed\n"
        "only the config), the time, the bytes of the files in the layer, and the command. mica layers prints more about\n"
        "the layers.\n",
    .options = options,
    .examples = "mica history debian:12\n"
                "mica history --json app:1 | jq -r '.[] | select(.size > 1e6) | .command'\n",
    .foreign = foreign_list_options,
    .run = run,
};
