/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filter of a container: a list of allowed system calls, as in other container engines. It is read
 * from the file that they share (containers-common's seccomp.json, installed by root); without the file, mica
 * uses a built-in profile of the same policy.
 */
#ifndef MICA_BUNDLE_SECCOMP_H
#define MICA_BUNDLE_SECCOMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

/* Machine properties that rules of a profile depend on. */
struct seccomp_machine {
    const char *arch;         /* name in profiles: amd64 */
    const char *scmp;         /* name for runtimes: SCMP_ARCH_X86_64 */
    const char *const *bound; /* capabilities available to the container, ends with NULL */
    unsigned kernel[2];       /* major and minor version */
};
/* Describe this machine; the names are NULL for an unknown architecture. */
void seccomp_here(const char *const *bound, struct seccomp_machine *ret);

/*
 * Convert a profile to `linux.seccomp` of config.json; rules whose conditions do not hold are left out, and
 * only known words are copied. -EINVAL with a line for an invalid or unsupported profile. Pure.
 */
int seccomp_resolve(json_t *profile, const struct seccomp_machine *m, json_t **ret, struct err *err);

/* Load and resolve the first existing file of `paths` (ends with NULL), else the built-in profile. */
int seccomp_find(const char *const *paths, const struct seccomp_machine *m, json_t **ret, struct err *err);
extern const char *const seccomp_paths[]; /* search path of container engines */

#endif
