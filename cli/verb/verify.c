/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/interrupt.h"
#include "command/options.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/progress.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"
#include "verify/verify.h"

enum {
    STATUS_DAMAGED = 3,
    STATUS_REPAIRED = 4,
};

static const struct verb_option options[] = {
    {'d', "deep", NULL, "also read each layer again from its blob, and compare"},
    {'r', "repair", "[=SOURCE]", "repair damage, from the store itself or from SOURCE"},
    {'q', "quiet", NULL, "print only the findings, and no progress"},
    {'j', "json", NULL, "print JSON, and no progress"},
    {0, NULL, NULL, NULL},
};

/* ---- text */

static void print_names(const char *before, char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : before, stdout);
        text_put(stdout, names[i], strlen(names[i]), 0);
    }
}

/* "damaged content: layers/4f53...: the content of "/etc/passwd": ...; used by app:1, base:1; branches: work" */
static void print_finding(const struct verify_finding *f)
{
    printf("%s: ", verify_fault_text(f->fault));
    text_put(stdout, f->path, strlen(f->path), 0);
    fputs(": ", stdout);
    text_put(stdout, f->reason, strlen(f->reason), 0);
    print_names("; images: ", f->images, f->n_images);
    print_names("; branches: ", f->branches, f->n_branches);
    if (f->repaired)
        fputs("; repaired", stdout);
    if (f->unrepaired) {
        fputs("; not repaired: ", stdout);
        text_put(stdout, f->unrepaired, strlen(f->unrepaired), 0);
    }
    putchar('\n');
}

static void print_summary(const struct verify_result *r)
{
    char bytes[SIZE_TEXT_MAX];
    size_t bad = 0, foreign = 0, repaired = 0;

    for (size_t i = 0; i < r->n; i++) {
        foreign += r->findings[i].fault == VERIFY_FOREIGN;
        bad += r->findings[i].fault != VERIFY_FOREIGN;
        repaired += r->findings[i].repaired;
    }
    printf("%zu blob%s, %zu layer%s, %zu tree%s and %zu branch%s checked (%s): ", r->blobs,
           r->blobs == 1 ? "" : "s", r->layers, r->layers == 1 ? "" : "s", r->trees, r->trees == 1 ? "" : "s",
           r->branches, r->branches == 1 ? "" : "es", size_format(r->bytes, bytes));
    if (bad && repaired)
        printf("%zu fault%s, %zu of them repaired", bad, bad == 1 ? "" : "s", repaired);
    else if (bad)
        printf("%zu fault%s", bad, bad == 1 ? "" : "s");
    else
        fputs("all is well", stdout);
    if (foreign)
        printf(", and %zu file%s that %s not mica's", foreign, foreign == 1 ? "" : "s",
               foreign == 1 ? "is" : "are");
    putchar('\n');
}

/* ---- JSON */

static int set_names(json_t *o, const char *key, char *const *names, size_t n)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = json_array_append_new(list, json_string(names[i])) < 0 ? -ENOMEM : 0;
    if (r == 0)
        return json_object_set_new(o, key, list);
    json_decref(list);
    return r;
}

static int add_json(struct json_list *l, const struct verify_finding *f)
{
    static const char *const faults[] = {
        [VERIFY_CONTENT] = "content",       [VERIFY_METADATA] = "metadata", [VERIFY_MISSING] = "missing",
        [VERIFY_UNREADABLE] = "unreadable", [VERIFY_FOREIGN] = "foreign",
    };
    json_t *o = json_object();

    if (!o || json_set_str(o, "fault", faults[f->fault]) < 0 ||
        json_set_str(o, "object", verify_object_text(f->object)) < 0 ||
        json_set_digest(o, "object_digest", &f->digest) < 0 || json_set_str(o, "file", f->path) < 0 ||
        json_set_str(o, "reason", f->reason) < 0 || set_names(o, "images", f->images, f->n_images) < 0 ||
        set_names(o, "branches", f->branches, f->n_branches) < 0 ||
        json_object_set_new(o, "repaired", json_boolean(f->repaired)) < 0 ||
        json_set_str(o, "unrepaired", f->unrepaired) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

/* ---- the verb */

struct request {
    bool json, quiet, repair;
    const char *source; /* or NULL */
};

static int show(const struct verify_result *r, const struct request *req)
{
    struct json_list l = JSON_LIST_INIT;
    int status = STATUS_DONE, e = 0;

    for (size_t i = 0; i < r->n && e == 0; i++) {
        const struct verify_finding *f = &r->findings[i];

        if (f->fault != VERIFY_FOREIGN && status != STATUS_DAMAGED)
            status = f->repaired ? STATUS_REPAIRED : STATUS_DAMAGED;
        if (req->json)
            e = add_json(&l, f);
        else
            print_finding(f);
    }
    if (req->json && e == 0)
        e = json_list_end(&l);
    if (!req->json && !req->quiet)
        print_summary(r);
    return e < 0 ? cli_output_status(e) : status;
}

static int repair(struct store *s, const struct verify_options *opt, const struct request *req,
                  struct verify_result *ret, struct err *err)
{
    struct source_ref source;
    int r = req->source ? source_ref_parse(req->source, &source, err) : 0;

    if (r < 0)
        return r;
    /* The source may be read several times. */
    if (req->source && source.kind == SOURCE_STDIN)
        r = err_set(err, EINVAL, "--repair: the SOURCE must be a file or directory, not standard input");
    if (r == 0)
        r = verify_repair(s, opt, req->source ? &source : NULL, ret, err);
    if (req->source)
        source_ref_free(&source);
    return r;
}

static int check(struct store *s, struct verify_options *opt, const struct request *req)
{
    const struct progress_options look = {
        .out = stderr, .width = terminal_width(stderr), .quiet = req->quiet || req->json};
    struct progress *progress = progress_new(&look);
    struct verify_result result = {.findings = NULL};
    struct err err = {""};

    if (!progress)
        return cli_failf("verify: out of memory");
    interrupt_catch();
    opt->cancel = interrupt_flag();
    opt->progress = progress_bytes;
    opt->ctx = progress;
    int r = req->repair ? repair(s, opt, req, &result, &err) : verify_store(s, opt, &result, &err);
    progress_free(progress);
    if (r < 0 && interrupt_status()) {
        cli_failf("verify: interrupted");
        return interrupt_status();
    }
    if (r < 0)
        return cli_fail(&err);
    int status = show(&result, req);
    verify_result_free(&result);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct request req = {.json = false};
    struct verify_options opt = {.images = NULL};
    struct options o;
    struct store *s = NULL;
    struct err err = {""};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        req.json |= c == 'j';
        req.quiet |= c == 'q';
        opt.deep |= c == 'd';
        if (c == 'r') {
            req.repair = true;
            req.source = o.value;
        }
    }
    if (options_operands(&o, 0, -1, "IMAGE...") < 0)
        return o.status;
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    opt.images = (const char *const *)o.argv;
    opt.n_images = (size_t)o.argc;
    int status = check(s, &opt, &req);
    store_close(s);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-a --all", "without IMAGE everything is checked"},
    {NULL, NULL},
};

const struct verb verb_verify = {
    .name = "verify",
    .summary = "check the store for damage, and repair it",
    .synopsis = "[--deep] [--repair[=SOURCE]] [--quiet | --json] [IMAGE...]",
    .about =
        "Reads all objects of the store, or those that the images need, and compares: blobs with their digests, contents\n"
        "with the checksums in the layers' indexes, trees with a new merge of their layers, branches with their format.\n"
        "Prints a line for each fault, with the images and branches that it affects, and for each foreign file. Changes\n"
        "nothing without --repair: then layers are read again from their blobs, trees are merged again from their layers,\n"
        "and objects without a second copy in the store are read from SOURCE. Nothing else is changed.\n"
        "Exit status: 0 no fault, 3 an object is damaged or missing, 4 there were faults, and all are repaired.\n",
    .options = options,
    .examples = "mica verify\n"
                "mica verify debian:12\n"
                "mica verify --repair\n"
                "mica verify --repair=oci:/srv/images:debian-12 debian:12\n"
                "mica verify --json | jq -r '.[].images[]' | sort -u\n",
    .foreign = elsewhere,
    .run = run,
};
