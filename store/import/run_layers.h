/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan's works: several layers at a time, each in its own job (pipeline.h), into a transaction. */
#ifndef MICA_IMPORT_RUN_LAYERS_H
#define MICA_IMPORT_RUN_LAYERS_H

#include "import/import.h"
#include "import/plan.h"

/* Write the names of the n-th work's results in the transaction's directory. */
#define WORK_NAME_MAX 32
void work_layer_name(size_t n, char buf[WORK_NAME_MAX]);

/* Runs all works. The first failure stops the others and sets the error. */
int run_layers(struct plan *p, const struct source *source, struct tx *tx, const struct import_options *opt,
               struct err *err);

#endif
