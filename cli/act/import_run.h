/* SPDX-License-Identifier: Apache-2.0 */
/* One import as the command does it: with progress on standard error and stopped by Ctrl-C. For the verb
 * import and for every verb that was given a SOURCE as its IMAGE. */
#ifndef MICA_ACT_IMPORT_RUN_H
#define MICA_ACT_IMPORT_RUN_H

#include <stdbool.h>

#include "import/import.h"

/* Imports `source` (the word as it was typed) as `options` say; cancel, progress and image_begin are filled
 * in here. -ECANCELED without a line after a signal. */
int import_run(struct store *s, const char *source, const struct import_options *options, bool quiet,
               struct import_results *ret, struct err *err);
/* Checks what the store has of the images just imported (verify/verify.h), repairs what is damaged, out of the
 * store or the SOURCE, and says so. -EUCLEAN when something cannot be repaired, with a line. */
int import_check(struct store *s, const char *source, const struct import_results *results, bool quiet,
                 struct err *err);
/* Could `word` be meant as a SOURCE: one of the transports, or a path with a slash that exists? "-" is one as
 * well. */
bool import_is_source(const char *word);

#endif
