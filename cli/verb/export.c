/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/image_arg.h"
#include "act/interrupt.h"
#include "command/options.h"
#include "export/export.h"
#include "image/reference.h"
#include "show/progress.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'n', "name", "NAME", "name of the image at the destination"},
    {'q', "quiet", NULL, "print nothing but errors"},
    {0, NULL, NULL, NULL},
};

/* Parses the destination, with the checks that need no image. 0 or an exit status. */
static int parse_destination(const struct cli *cli, const char *word, struct source_ref *ret)
{
    struct err err = {""};
    if (source_ref_is_foreign(word))
        return cli_usagef(
            cli,
            "mica does not write to \"%s\": export to oci:DIR:TAG, and skopeo copy oci:DIR:TAG %s "
            "uploads it",
            word, word);
    int r = source_ref_parse(word, ret, &err);

    if (r < 0)
        return r == -ENOMEM ? cli_fail(&err) : cli_usagef(cli, "%s", err.text);
    if (ret->kind != SOURCE_OCI && ret->kind != SOURCE_OCI_ARCHIVE && ret->kind != SOURCE_DOCKER_ARCHIVE)
        return cli_usagef(
            cli, "\"%s\" is none of oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME]", word);
    if (ret->tag && reference_check(ret->tag, &err) < 0)
        return cli_usagef(cli, "%s", err.text);
    if (ret->kind == SOURCE_OCI || strcmp(ret->path, "-") != 0 || !isatty(STDOUT_FILENO))
        return STATUS_DONE;
    return cli_usagef(cli, "an archive is not written to a terminal: send it to a file or a pipe");
}

static void say_waiting(void *ctx)
{
    (void)ctx;
    cli_notef("another process has locked the layout: waiting");
}

/* Reports an exported image whose digest differs from the store's, or that replaced another one. */
static void tell(const struct export_options *o, const struct export_result *r)
{
    char digest[DIGEST_STRING_MAX];

    if (!digest_equal(&r->manifest, &o->image->manifest_digest))
        cli_notef("tools find no docker manifest in an OCI layout: it has an OCI manifest there, %s",
                  digest_string(&r->manifest, digest));
    if (r->replaced.alg != DIGEST_NONE)
        cli_notef("\"%s\" was another image in %s, which stays there without the name as %.19s", o->name,
                  o->path, digest_string(&r->replaced, digest));
}

static int export(struct image_arg *a, const struct source_ref *to, const char *name, bool quiet)
{
    const struct progress_options look = {.out = stderr, .width = terminal_width(stderr), .quiet = quiet};
    struct progress *progress = progress_new(&look);
    struct export_options o = {
        .image = &a->image,
        .form = to->kind,
        .path = to->path,
        .name = name      ? name
                : to->tag ? to->tag
                          : a->image.name,
        .cancel = interrupt_flag(),
        .waits = say_waiting,
        .progress = progress_bytes,
        .ctx = progress,
    };
    struct export_result result;
    struct err err = {""};
    int r;

    if (!progress)
        return cli_failf("out of memory");
    if (o.form == SOURCE_DOCKER_ARCHIVE && o.name && reference_check_docker(o.name, &err) < 0) {
        progress_free(progress);
        return cli_failf("%s%s", err.text, o.name == a->image.name ? "; --name NAME sets another one" : "");
    }
    interrupt_catch();
    r = export_image(a->store, &o, &result, &err);
    progress_free(progress);
    if (r < 0 && interrupt_status()) {
        cli_failf("export: interrupted; %s has no new image", to->path);
        return interrupt_status();
    }
    if (r < 0)
        return cli_fail(&err);
    if (!quiet)
        tell(&o, &result);
    return STATUS_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    cleanup_image_arg struct image_arg a = {0};
    struct source_ref to = {0};
    const char *name = NULL;
    struct err err = {""};
    struct options o;
    bool quiet = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        quiet |= c == 'q';
        if (c != 'n')
            continue;
        name = o.value;
        if (reference_check(name, &err) < 0)
            options_bad(&o, "--name: %s", err.text);
    }
    if (options_operands(&o, 2, 2, "IMAGE DEST") < 0)
        return o.status;
    int status = parse_destination(cli, o.argv[1], &to);
    if (status == STATUS_DONE)
        status = image_arg_find(cli, o.argv[0], &a);
    if (status == STATUS_DONE)
        status = export(&a, &to, name, quiet);
    source_ref_free(&to);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-o --output", "the file is part of DEST: docker-archive:FILE, or docker-archive:- for standard output"},
    {"--format -m --multi-image-archive",
     "the form is part of DEST: oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE"},
    {NULL, NULL},
};

const struct verb verb_export = {
    .name = "export",
    .summary = "write an image to a layout or an archive",
    .synopsis = "[--name NAME] [--quiet] IMAGE DEST",
    .about =
        "DEST is oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME]. The image is written as imported,\n"
        "byte for byte and under the same digests; a docker-archive has uncompressed layers. An archive appears complete\n"
        "or not at all; FILE may be - for standard output. In an existing OCI layout the image is added.\n",
    .options = options,
    .examples = "mica export app:1 oci:/srv/images:app-1\n"
                "mica export app:1 docker-archive:app.tar\n"
                "mica export app:1 docker-archive:- | podman load\n"
                "mica export --name registry.example/app:1 app:1 oci-archive:app.oci.tar\n",
    .foreign = elsewhere,
    .run = run,
};
