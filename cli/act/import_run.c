/* SPDX-License-Identifier: Apache-2.0 */
#include "act/import_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/interrupt.h"
#include "command/verb.h"
#include "show/progress.h"
#include "show/table.h"
#include "verify/verify.h"

/* Is it a missing path that could be the name of an image in a registry? */
static bool is_missing_name(const struct source_ref *ref)
{
    struct stat st;

    return ref->kind == SOURCE_DETECT && stat(ref->path, &st) < 0 && errno == ENOENT &&
           reference_check(ref->path, NULL) == 0;
}

int import_run(struct store *s, const char *source, const struct import_options *options, bool quiet,
               struct import_results *ret, struct err *err)
{
    struct import_options opt = *options;
    struct source_ref ref = {0};
    const struct progress_options look = {.out = stderr, .width = terminal_width(stderr), .quiet = quiet};

    int r = source_ref_parse(source, &ref, err);
    if (r == 0 && is_missing_name(&ref)) {
        r = err_set(err, ENOENT,
                    "no such file: %s; for an image of a registry: skopeo copy docker://%s "
                    "oci:DIR:TAG, then mica import oci:DIR:TAG; or docker save %s | mica import - "
                    "for one of docker",
                    source, source, source);
        source_ref_free(&ref);
    }
    if (r < 0)
        return r;
    struct progress *progress = progress_new(&look);
    if (!progress) {
        source_ref_free(&ref);
        return err_set(err, ENOMEM, "out of memory");
    }
    interrupt_catch();
    if (strcmp(source, "-") == 0 && isatty(STDIN_FILENO))
        cli_notef("waiting for an archive on standard input, which is a terminal; use a pipe "
                  "(docker save IMAGE | mica import -) or a file (mica import FILE); Ctrl-C cancels");
    opt.cancel = interrupt_flag();
    opt.progress = progress_bytes;
    opt.reading = progress_reading;
    opt.image_begin = progress_image;
    opt.ctx = progress;
    r = import_source(s, &ref, &opt, ret, err);
    progress_free(progress);
    source_ref_free(&ref);
    return r;
}

/* Counts repaired objects; the first fault that was not repaired is the error. */
static int tell_check(const struct verify_result *r, struct err *err)
{
    size_t repaired = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct verify_finding *f = &r->findings[i];

        repaired += f->repaired;
        if (f->fault != VERIFY_FOREIGN && !f->repaired)
            return err_set(err, EUCLEAN, "%s: %s; see mica verify", f->path, f->reason);
    }
    if (repaired)
        cli_notef("%zu fault%s in its stored objects %s repaired", repaired, repaired == 1 ? "" : "s",
                  repaired == 1 ? "is" : "are");
    return 0;
}

int import_check(struct store *s, const char *source, const struct import_results *results, bool quiet,
                 struct err *err)
{
    const struct progress_options look = {.out = stderr, .width = terminal_width(stderr), .quiet = quiet};
    struct verify_result found = {.findings = NULL};
    struct source_ref ref = {0};
    char(*digests)[DIGEST_STRING_MAX] = calloc(results->n + 1, sizeof *digests);
    const char **words = calloc(results->n + 1, sizeof *words);
    struct progress *progress = progress_new(&look);
    int r = digests && words && progress ? source_ref_parse(source, &ref, err)
                                         : err_set(err, ENOMEM, "out of memory");

    if (r == 0) {
        for (size_t i = 0; i < results->n; i++)
            words[i] = digest_string(&results->images[i].manifest, digests[i]);
        struct verify_options opt = {.images = words,
                                     .n_images = results->n,
                                     .cancel = interrupt_flag(),
                                     .progress = progress_bytes,
                                     .ctx = progress};
        r = verify_repair(s, &opt, ref.kind == SOURCE_STDIN ? NULL : &ref, &found, err);
    }
    progress_free(progress);
    if (r == 0)
        r = tell_check(&found, err);
    verify_result_free(&found);
    source_ref_free(&ref);
    free(words);
    free(digests);
    return r;
}

bool import_is_source(const char *word)
{
    static const char *const transports[] = {"oci:", "oci-archive:", "docker-archive:", "dir:"};
    struct stat st;

    if (strcmp(word, "-") == 0)
        return true;
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (strncmp(word, transports[i], strlen(transports[i])) == 0)
            return true;
    return strchr(word, '/') && stat(word, &st) == 0;
}
