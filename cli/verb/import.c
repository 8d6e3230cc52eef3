/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "act/import_run.h"
#include "act/interrupt.h"
#include "command/options.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/progress.h"
#include "show/size.h"
#include "show/text.h"

enum {
    OPTION_MAX_FILES = 256,
    OPTION_MAX_LAYER_SIZE,
    OPTION_CHECK,
};

static const struct verb_option options[] = {
    {'n', "name", "NAME", "name of the image, instead of its names in the source"},
    {'p', "platform", "OS/ARCH[/VARIANT]", "image to take from an index (default: for this machine)"},
    {'q', "quiet", NULL, "print only the digests, and no progress"},
    {'j', "json", NULL, "print JSON, and no progress"},
    {OPTION_CHECK, "check", NULL, "also read all objects already in the store, and repair damage"},
    {OPTION_MAX_FILES, "max-files", "N", "refuse a layer with more files"},
    {OPTION_MAX_LAYER_SIZE, "max-layer-size", "SIZE", "refuse a layer with more bytes, uncompressed (20G)"},
    {0, NULL, NULL, NULL},
};

struct request {
    struct import_options import;
    struct json_list list;
    bool quiet, json, check;
};

static void take_option(struct options *o, int c, struct request *req)
{
    struct err err = {""};

    switch (c) {
    case 'n':
        req->import.name = o->value;
        if (reference_check(o->value, &err) < 0)
            options_bad(o, "--name: %s", err.text);
        break;
    case 'p':
        if (platform_parse(o->value, &req->import.platform, &err) < 0)
            options_bad(o, "--platform: %s", err.text);
        req->import.platform_required = true;
        break;
    case 'q':
        req->quiet = true;
        break;
    case 'j':
        req->json = true;
        break;
    case OPTION_CHECK:
        req->check = true;
        break;
    case OPTION_MAX_FILES:
        if (number_parse(o->value, &req->import.limits.max_files) < 0)
            options_bad(o, "--max-files: \"%s\" is not a number", o->value);
        break;
    case OPTION_MAX_LAYER_SIZE:
        if (size_parse(o->value, &req->import.limits.max_layer_size) < 0)
            options_bad(o, "--max-layer-size: \"%s\" is not a size (20G, 500M, 4096)", o->value);
        break;
    default:
        break;
    }
}

static int add_json(struct json_list *l, const struct import_result *r)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "name", r->name) < 0 || json_set_digest(o, "digest", &r->manifest) < 0 ||
        json_set_layer_count(o, r->layers) < 0 ||
        json_set_number(o, "layers_present", r->unchanged ? r->layers : r->layers_here) < 0 ||
        json_object_set_new(o, "unchanged", json_boolean(r->unchanged)) < 0 ||
        json_set_digest(o, "replaced", &r->replaced) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

static void print_line(const struct import_result *r)
{
    char digest[DIGEST_STRING_MAX], layers[64];
    const char *name = r->name ? r->name : "-";

    text_put(stdout, name, strlen(name), 0);
    printf("  %s  (%s%s)\n", digest_string(&r->manifest, digest),
           progress_layers(r->layers, r->unchanged ? 0 : r->layers_here, layers),
           r->unchanged ? ", unchanged" : "");
    if (r->replaced.alg != DIGEST_NONE) {
        fflush(stdout);
        cli_notef("\"%s\" was another image, which stays as %.19s", name,
                  digest_string(&r->replaced, digest));
    }
}

static int print_results(const struct import_results *results, struct request *req)
{
    char digest[DIGEST_STRING_MAX];
    int r = 0;

    for (size_t i = 0; i < results->n && r == 0; i++) {
        const struct import_result *one = &results->images[i];

        if (req->json)
            r = add_json(&req->list, one);
        else if (req->quiet)
            puts(digest_string(&one->manifest, digest));
        else
            print_line(one);
    }
    return cli_output_status(r);
}

static int import_one(struct store *s, const char *source, struct request *req)
{
    struct import_results results = {0};
    struct err err = {""};

    int r = import_run(s, source, &req->import, req->quiet || req->json, &results, &err);
    if (r == 0 && req->check && (r = import_check(s, source, &results, req->quiet || req->json, &err)) < 0)
        import_results_free(&results);
    if (r < 0 && interrupt_status()) {
        cli_failf("import: interrupted; the store is as it was before %s", source);
        return interrupt_status();
    }
    if (r < 0)
        return cli_fail(&err);
    int status = print_results(&results, req);
    import_results_free(&results);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct request req = {.list = JSON_LIST_INIT};
    struct options o;
    struct err err = {""};
    struct store *s = NULL;
    int status = STATUS_DONE;

    platform_host(&req.import.platform);
    import_limits_default(&req.import.limits);
    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        take_option(&o, c, &req);
    if (options_operands(&o, 1, -1, "SOURCE...") < 0)
        return o.status;
    if (req.import.name && o.argc > 1)
        return cli_usagef(cli, "--name names one image, but there are %d sources", o.argc);
    if (store_open(cli->store, STORE_CREATE, &s, &err) < 0)
        return cli_fail(&err);
    for (int i = 0; i < o.argc && !interrupt_status(); i++) {
        int one = import_one(s, o.argv[i], &req);
        status = one ? one : status;
    }
    store_close(s);
    int ended = req.json ? cli_output_status(json_list_end(&req.list)) : STATUS_DONE;
    return status ? status : ended;
}

static const struct foreign_option elsewhere[] = {
    {"-i --input", "the file is an operand: mica import FILE"},
    {"-m --message -c --change", "mica commit changes an image's config"},
    {"--all-platforms", "--platform takes one; each is a separate image"},
    {NULL, NULL},
};

const struct verb verb_import = {
    .name = "import",
    .summary = "import images into the store",
    .synopsis =
        "[--name NAME] [--platform P] [--check] [--quiet | --json] [--max-files N] [--max-layer-size SIZE] "
        "SOURCE...",
    .about =
        "Imports all images of each SOURCE, or the one of its tag, and prints name, digest and layers.\n"
        "Every digest is checked; layers already in the store are not read again. Needs no privileges, and keeps\n"
        "owners, devices and capabilities. Missing or obviously damaged objects of an image are replaced; --check\n"
        "reads all of them.\n\n"
        "SOURCE is oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:TAG], dir:DIR, a path to one of these,\n"
        "or - for an archive on standard input.\n",
    .options = options,
    .examples = "mica import oci:/srv/images:debian-12\n"
                "mica mount \"$(mica import -q app.tar)\" /mnt\n"
                "mica import --name app:1 app.tar\n"
                "docker save app:1 | mica import -\n"
                "mica import --platform linux/arm64 oci-archive:multi.tar\n",
    .foreign = elsewhere,
    .run = run,
};
