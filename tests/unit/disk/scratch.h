/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder make their stores of: directories that go away, and images of one layer.
 * Functions that return an errno do not assert, so that child processes can call them. */
#ifndef MICA_TEST_DISK_SCRATCH_H
#define MICA_TEST_DISK_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disk/store.h"

/* An empty directory under $TMPDIR or /tmp. */
struct scratch {
    char path[256];
};
struct scratch scratch_make(void);
void scratch_remove(struct scratch *d);
/* "PATH/NAME", valid until the next call but seven. */
const char *scratch_path(const struct scratch *d, const char *name);

/* Opens the store "store" in it, making it where there is none. */
struct store *scratch_store(const struct scratch *d);

void write_text(const char *path, const char *text);
char *read_text(const char *path); /* fresh memory */
/* How many names a directory has, "." and ".." not counted. */
size_t count_names(const char *path);

/* An image of one layer; all of it follows from `seed`. */
struct sample {
    char config_json[512], manifest_json[1024];
    struct digest layer, layer_blob, config, manifest;
};
struct sample sample_make(const char *seed);
struct tx_name sample_name(const struct sample *i, const char *name);
/* Makes layer and tree in the transaction's directory as "layer-SEED" and "tree-SEED", and puts all of the
 * image. */
int sample_put(struct tx *t, const char *seed);
/* A whole transaction: the image `seed` under `name`. */
int sample_commit(struct store *s, const char *seed, const char *name, struct err *err);
/* Is everything of the image there, readable, and its tree the expected one? */
bool sample_is_whole(struct store *s, const char *seed);

/* Starts a process that does something with the store, and then waits to be killed; comes back when it is
 * done. `act` does not assert, and returns false when it could not. */
pid_t start_waiting(struct store *s, bool (*act)(struct store *s, const void *what), const void *what);

struct digest digest_of_text(const char *text);

#endif
