/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "act/commit_run.h"
#include "act/interrupt.h"
#include "command/options.h"
#include "image/instruction.h"
#include "image/reference.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"
#include "show/text.h"

enum {
    OPTION_COMPRESS = 256,
    OPTION_SQUASH,
    OPTION_FORCE,
};

static const struct verb_option options[] = {
    {'m', "message", "TEXT", "a comment in the image's history"},
    {'a', "author", "NAME", "the image's author"},
    {'c', "change", "INSTRUCTION",
     "change the config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR"},
    {OPTION_COMPRESS, "compress", "HOW",
     "compress the new layer: zstd, gzip or none (default: as the layer beneath)"},
    {OPTION_SQUASH, "squash", NULL, "write one layer with everything in the branch"},
    {OPTION_FORCE, "force", NULL, "also take the only name of another image"},
    {'q', "quiet", NULL, "print only the digest, and no progress"},
    {'j', "json", NULL, "print JSON, and no progress"},
    {0, NULL, NULL, NULL},
};

struct request {
    struct commit_options commit;
    const char **changes; /* space for all words */
    bool quiet, json;
};

/* Adds an instruction; refuses an invalid one before any work. */
static void take_change(struct options *o, struct request *req)
{
    struct err err = {""};

    if (instruction_check(o->value, &err) < 0)
        options_bad(o, "--change: %s", err.text);
    req->changes[req->commit.n_changes++] = o->value;
}

static void take_option(struct options *o, int c, struct request *req)
{
    switch (c) {
    case 'm':
        req->commit.message = o->value;
        break;
    case 'a':
        req->commit.author = o->value;
        break;
    case 'c':
        take_change(o, req);
        break;
    case OPTION_COMPRESS:
        if (compression_parse(o->value, &req->commit.compression) < 0)
            options_bad(o, "--compress: \"%s\" is neither zstd, gzip nor none", o->value);
        break;
    case OPTION_FORCE:
        req->commit.taken = TX_NAME_MOVES;
        break;
    case OPTION_SQUASH:
        req->commit.squash = true;
        break;
    case 'q':
        req->quiet = true;
        break;
    case 'j':
        req->json = true;
        break;
    default:
        break;
    }
}

static int print_json(const char *name, const struct commit_result *r)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "name", name) < 0 || json_set_digest(o, "digest", &r->manifest) < 0 ||
        json_set_layer_count(o, r->layers) < 0 || json_set_digest(o, "diff_id", &r->diff_id) < 0 ||
        (r->blob_size ? json_set_number(o, "blob_size", r->blob_size) : json_set_str(o, "blob_size", NULL)) <
            0 ||
        json_set_digest(o, "replaced", &r->replaced) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_print(stdout, o);
}

static void print(const struct request *req, const struct commit_result *r)
{
    char digest[DIGEST_STRING_MAX], layer[SIZE_TEXT_MAX], blob[SIZE_TEXT_MAX];

    digest_string(&r->manifest, digest);
    if (req->quiet)
        puts(digest);
    else if (r->diff_id.alg == DIGEST_NONE)
        printf("%s  %s  (%zu layers; nothing changed)\n", req->commit.name, digest, r->layers);
    else
        printf("%s  %s  (%zu layer%s, the new one %s, compressed %s)\n", req->commit.name, digest, r->layers,
               r->layers == 1 ? "" : "s", size_format(r->layer_size, layer), size_format(r->blob_size, blob));
}

static int commit(const struct cli *cli, const struct request *req)
{
    struct commit_result result;
    struct store *s = NULL;
    struct err err = {""};
    int r = store_open(cli->store, 0, &s, &err);

    if (r == 0)
        r = commit_run(s, &req->commit, req->quiet || req->json, &result, &err);
    store_close(s);
    if (r < 0 && interrupt_status()) {
        cli_failf("commit: interrupted; the store is as it was before");
        return interrupt_status();
    }
    if (r == -ENOTUNIQ)
        return cli_failf("%s; --force takes it all the same", err.text);
    if (r < 0)
        return cli_fail(&err);
    if (req->json)
        return cli_output_status(print_json(req->commit.name, &result));
    print(req, &result);
    fflush(stdout);
    commit_tell_replaced(&req->commit, &result);
    return STATUS_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    cleanup_free const char **changes = calloc((size_t)argc, sizeof *changes);
    struct request req = {.changes = changes, .commit.taken = TX_NAME_ASKS};
    struct err err = {""};
    struct options o;

    if (!changes)
        return cli_failf("out of memory");
    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        take_option(&o, c, &req);
    if (options_operands(&o, 2, 2, "BRANCH NAME") < 0)
        return o.status;
    req.commit.branch = o.argv[0];
    req.commit.name = o.argv[1];
    req.commit.changes = changes;
    if (reference_check(req.commit.name, &err) < 0)
        return cli_usagef(cli, "%s", err.text);
    return commit(cli, &req);
}

static const struct foreign_option elsewhere[] = {
    {"-p --pause", "a branch is committed when it is not mounted, so that it is of one moment"},
    {"-f --format", "an image is of the OCI's form; mica export IMAGE docker-archive:FILE writes docker's"},
    {"-i --iidfile", "--quiet prints the digest"},
    {"-s", "--squash makes one layer"},
    {NULL, NULL},
};

const struct verb verb_commit = {
    .name = "commit",
    .summary = "create an image from a branch",
    .synopsis = "[--message TEXT] [--author NAME] [--change INSTRUCTION]... [--compress HOW] [--squash] "
                "[--force] [--quiet | --json] "
                "BRANCH NAME",
    .about =
        "Creates the image NAME: the layers of the branch's image, and a layer with the branch's changes. It mounts to\n"
        "exactly the tree of the branch. The branch, which must not be mounted, and its image do not change. NAME may be\n"
        "another image's, with a message that names it; --force is needed if it is the other's only name.\n"
        "With SOURCE_DATE_EPOCH set, the same branch gives the same digest.\n",
    .options = options,
    .examples =
        "mica commit work app:2\n"
        "mica commit --message 'with debug tools' --change 'CMD [\"/bin/sh\"]' --change 'ENV DEBUG=1' work app:debug\n"
        "mica commit --squash --compress gzip work app:flat\n",
    .foreign = elsewhere,
    .run = run,
};
