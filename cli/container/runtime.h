/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI runtime that starts a container: crun or runc, or another with their command line. */
#ifndef MICA_CONTAINER_RUNTIME_H
#define MICA_CONTAINER_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

struct runtime {
    char *path; /* absolute; fresh memory */
    bool is_crun;
};

/* Finds `wanted` (a path, or a name in PATH), or without one crun, else runc. -ENOENT with a line. */
int runtime_find(const char *wanted, struct runtime *ret, struct err *err);

/* A container in a directory: DIR/config.json, and beside it what the runtime writes. */
struct runtime_paths {
    char state[4096], log[4096], pid_file[4096], console[4096], bundle[4096];
    char log_option[4200];
};
void runtime_paths_in(const char *dir, bool is_crun, struct runtime_paths *ret);

#define RUNTIME_WORDS_MAX 16
/* The words that start container `name` and let it go; they point into `r` and `p`. */
void runtime_start_words(const struct runtime *r, const struct runtime_paths *p, const char *name, bool tty,
                         const char *argv[RUNTIME_WORDS_MAX]);
/* The words that remove what the runtime keeps of it, where that is more than files in `state`; else argv[0]
 * is NULL. */
void runtime_delete_words(const struct runtime *r, const struct runtime_paths *p, const char *name,
                          const char *argv[RUNTIME_WORDS_MAX]);

/* What a runtime that has failed says of it: 127 where there is no such command, 126 where it is there but
 * cannot be run, else 125, which is mica's and the runtime's own. Pure. */
int runtime_failure_status(const char *log);

#endif
