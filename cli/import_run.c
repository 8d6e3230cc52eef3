/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import_run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/table.h"

int import_run(struct store *s, const char *source, const struct import_options *options, bool quiet,
               struct import_results *ret, struct err *err)
{
    struct import_options opt = *options;
    struct source_ref ref = {0};
    const struct progress_options look = {.out = stderr, .width = terminal_width(stderr), .quiet = quiet};

    int r = source_ref_parse(source, &ref, err);
    if (r < 0)
        return r;
    struct progress *progress = progress_new(&look);
    if (!progress) {
        source_ref_free(&ref);
        return err_set(err, ENOMEM, "out of memory");
    }
    interrupt_catch();
    opt.cancel = interrupt_flag();
    opt.progress = progress_bytes;
    opt.image_begin = progress_image;
    opt.ctx = progress;
    r = import_source(s, &ref, &opt, ret, err);
    progress_free(progress);
    source_ref_free(&ref);
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
