/* SPDX-License-Identifier: Apache-2.0 */
/* Doing a plan's work: several layers at a time, each by its own job (pipeline.h), into a transaction. */
#ifndef MICA_IMPORT_RUN_LAYERS_H
#define MICA_IMPORT_RUN_LAYERS_H

#include "import/import.h"
#include "import/plan.h"

/* The names in the transaction's directory of what the n-th work makes. */
#define WORK_NAME_MAX 32
void work_layer_name(size_t n, char buf[WORK_NAME_MAX]);

/* Runs all works. The first that fails stops the others; its line is the error. */
int run_layers(struct plan *p, const struct source *source, struct tx *tx, const struct import_options *opt,
               struct err *err);

#endif
