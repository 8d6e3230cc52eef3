/* SPDX-License-Identifier: Apache-2.0 */
/* An import by the command: with progress on standard error, and stopped by Ctrl-C. For the verb import
 * and for every verb with a SOURCE as its IMAGE. */
#ifndef MICA_ACT_IMPORT_RUN_H
#define MICA_ACT_IMPORT_RUN_H

#include <stdbool.h>

#include "import/import.h"

/* Imports `source` (the word as typed) with `options`, of which this sets cancel, progress and
 * image_begin. -ECANCELED without a line after a signal. */
int import_run(struct store *s, const char *source, const struct import_options *options, bool quiet,
               struct import_results *ret, struct err *err);
/* Checks the stored objects of the images just imported (verify/verify.h), repairs damage from the store
 * or the SOURCE, and reports it. -EUCLEAN, with a line, if an object cannot be repaired. */
int import_check(struct store *s, const char *source, const struct import_results *results, bool quiet,
                 struct err *err);
/* Can `word` be a SOURCE: "-", a known transport, or an existing path with a slash? */
bool import_is_source(const char *word);

#endif
