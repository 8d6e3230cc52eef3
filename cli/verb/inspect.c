/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/layer_facts.h"
#include "show/text.h"

enum {
    OPTION_RAW = 256,
    OPTION_CONFIG,
};

static const struct verb_option options[] = {
    {OPTION_RAW, "raw", NULL, "print the manifest, byte for byte"},
    {OPTION_CONFIG, "config", NULL, "print the config, byte for byte"},
    {0, NULL, NULL, NULL},
};

/* All names of this manifest. */
static json_t *names_json(const struct image_arg *a)
{
    struct catalog catalog = {0};
    json_t *names = json_array();

    if (store_catalog_all(a->store, &catalog, NULL) < 0)
        return names;
    for (size_t i = 0; i < catalog.n; i++) {
        const struct catalog_entry *e = &catalog.entries[i];
        if (e->name && digest_equal(&e->manifest.digest, &a->image.manifest_digest))
            json_array_append_new(names, json_string(e->name));
    }
    catalog_free(&catalog);
    return names;
}

static int layers_json(const struct image_arg *a, json_t *list, struct err *err)
{
    struct digest chain;

    for (size_t n = 0; n < a->image.config.n_diff_ids; n++) {
        struct layer_facts f;
        int r = layer_facts(a->store, &a->image, n, n ? &chain : NULL, &f, err);
        if (r < 0)
            return r;
        chain = f.chain_id;
        json_t *layer = layer_facts_json(&f, n);
        layer_facts_free(&f);
        if (json_array_append_new(list, layer) < 0)
            return err_set(err, ENOMEM, "out of memory");
    }
    return 0;
}

/* Copies obj[key]; null if it is missing. */
static int copy_member(json_t *o, const json_t *obj, const char *key)
{
    json_t *value = json_object_get(obj, key);
    return (value ? json_object_set(o, key, value) : json_object_set_new(o, key, json_null())) < 0 ? -ENOMEM
                                                                                                   : 0;
}

/* The members of the stored config that most users need, unchanged. */
static int set_config(json_t *o, const struct image *image)
{
    json_t *config = json_loadb(image->config_json, image->config_len, JSON_ALLOW_NUL, NULL);

    int r = config ? 0 : -EUCLEAN;
    if (r == 0 && (copy_member(o, config, "config") < 0 || copy_member(o, config, "history") < 0))
        r = -ENOMEM;
    json_decref(config);
    return r;
}

static int set_identity(json_t *o, const struct image_arg *a)
{
    const struct image *i = &a->image;
    char platform[100];

    if (json_set_str(o, "name", i->name) < 0 || json_object_set_new(o, "names", names_json(a)) < 0 ||
        json_set_digest(o, "digest", &i->manifest_digest) < 0 ||
        json_set_digest(o, "config_digest", &i->config_digest) < 0 ||
        json_set_digest(o, "chain_id", &i->chain_id) < 0 ||
        json_set_str(o, "platform", platform_string(&i->config.platform, platform)) < 0 ||
        json_set_time_text(o, "created", i->config.created) < 0)
        return -ENOMEM;
    return json_set_str(o, "author", i->config.author);
}

static int inspect(const struct image_arg *a)
{
    json_t *o = json_object(), *layers = json_array();
    struct err err = {""};

    int r = o && layers ? layers_json(a, layers, &err) : err_set(&err, ENOMEM, "out of memory");
    if (r == 0 &&
        (set_identity(o, a) < 0 || json_object_set(o, "layers", layers) < 0 || set_config(o, &a->image) < 0))
        r = err_set(&err, EUCLEAN, "the config of the image cannot be shown");
    json_decref(layers);
    if (r < 0) {
        json_decref(o);
        return cli_fail(&err);
    }
    return cli_output_status(json_print(stdout, o));
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    int what = 0;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        if (what && what != c)
            options_bad(&o, "--raw and --config exclude each other");
        what = c;
    }
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    if (status)
        return status;
    if (what == OPTION_RAW)
        return cli_output_status(text_put_stored(stdout, a.image.manifest_json, a.image.manifest_len));
    if (what == OPTION_CONFIG)
        return cli_output_status(text_put_stored(stdout, a.image.config_json, a.image.config_len));
    return inspect(&a);
}

const struct verb verb_inspect = {
    .name = "inspect",
    .summary = "print the data of an image as JSON",
    .synopsis = "[--raw | --config] IMAGE",
    .about = "Prints JSON: names, digests, platform, the layers with their digests and sizes, the config and "
             "the history.\n",
    .options = options,
    .examples = "mica inspect debian:12\n"
                "mica inspect app:1 | jq -r '.config.Env[]'\n"
                "mica inspect --raw app:1 | sha256sum\n",
    .foreign = foreign_list_options,
    .run = run,
};
