/* SPDX-License-Identifier: Apache-2.0 */
/* OCI runtime that starts a container: crun, runc, or another with the same command line. */
#ifndef MICA_CONTAINER_RUNTIME_H
#define MICA_CONTAINER_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

struct runtime {
    char *path; /* absolute; fresh memory */
    bool is_crun;
};

/* Find `wanted` (a path, or a name in PATH), or by default crun, else runc. -ENOENT with a line. */
int runtime_find(const char *wanted, struct runtime *ret, struct err *err);

/* Paths of a container: DIR/config.json and the files that the runtime writes beside it. */
struct runtime_paths {
    char state[4096], log[4096], pid_file[4096], console[4096], bundle[4096];
    char log_option[4200];
};
void runtime_paths_in(const char *dir, bool is_crun, struct runtime_paths *ret);

#define RUNTIME_WORDS_MAX 16
/* Build the command that starts container `name` in the background; the words point into `r` and `p`. */
void runtime_start_words(const struct runtime *r, const struct runtime_paths *p, const char *name, bool tty,
                         const char *argv[RUNTIME_WORDS_MAX]);
/* Build the command that removes the runtime's resources for the container; argv[0] is NULL if these are only
 * files in `state`. */
void runtime_delete_words(const struct runtime *r, const struct runtime_paths *p, const char *name,
                          const char *argv[RUNTIME_WORDS_MAX]);

/* Exit status for a runtime's failure log: 127 if the command does not exist, 126 if it cannot be executed,
 * else 125 for a failure of mica or the runtime. Pure. */
int runtime_failure_status(const char *log);

#endif
