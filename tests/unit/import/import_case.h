/* SPDX-License-Identifier: Apache-2.0 */
/* A store of its own and a source to import into it, for the tests of whole imports. Each test makes and
 * removes its own. */
#ifndef MICA_TESTS_IMPORT_CASE_H
#define MICA_TESTS_IMPORT_CASE_H

#include <stdatomic.h>

#include "import/import.h"
#include "source_maker.h"

#define N_LAYERS 3

struct import_case {
    struct maker m;
    struct made_layer layers[N_LAYERS];
    char store_dir[300];
    struct store *store;
    struct import_options opt;
    struct import_results results;
    struct err err;
    uint64_t done, total;
    size_t begun;
    atomic_bool cancel;
    uint64_t cancel_at; /* bytes; 0: never */
};

void case_begin(struct import_case *f, enum compression c);
void case_end(struct import_case *f);
/* Imports what lies in the directory, or, of a docker-archive, in its archive. */
int case_import(struct import_case *f, enum source_kind kind, const char *tag);
/* The same, which must go well with so many results. */
void case_must_import(struct import_case *f, enum source_kind kind, const char *tag, size_t images);
/* How many entries a directory of the store has. */
size_t case_count(struct import_case *f, const char *dir);
size_t case_catalog_size(struct import_case *f);
/* Just so much is in the store, and nothing is left in its tmp/. */
void case_assert_store(struct import_case *f, size_t images, size_t layers, size_t blobs, size_t trees);
/* An import that must fail, with `line` in its error. */
void case_must_fail(struct import_case *f, enum source_kind kind, int want, const char *line);
void case_put_index(struct import_case *f, const char *const *entries, size_t n);
/* Puts layers 0 .. n-1 as the one image "app". */
void case_put_app(struct import_case *f, size_t n);
/* Packs all layers as an archive of docker save with these RepoTags (JSON). */
void case_put_docker(struct import_case *f, const char *tags);

#endif
