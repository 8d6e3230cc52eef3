/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of a container's system calls: a list of those that are allowed, as container engines have it.
 * It is read from the file that they share (containers-common's seccomp.json, which root installed), and is
 * mica's own of the same policy where there is no file.
 */
#ifndef MICA_BUNDLE_SECCOMP_H
#define MICA_BUNDLE_SECCOMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

/* On what rules of a profile depend. */
struct seccomp_machine {
    const char *arch;         /* as profiles name it: amd64 */
    const char *scmp;         /* as runtimes do: SCMP_ARCH_X86_64 */
    const char *const *bound; /* capabilities that the container can have, ends with NULL */
    unsigned kernel[2];       /* version, major and minor */
};
/* This one. NULL for an architecture that has no name. */
void seccomp_here(const char *const *bound, struct seccomp_machine *ret);

/* The built-in profile, in the form of the file; NULL without memory. */
json_t *seccomp_profile(void);

/*
 * A profile becomes `linux.seccomp` of config.json: rules whose conditions do not hold are left out. Only
 * words that are known come through. -EINVAL with a line for what makes no sense, or more than is understood.
 * Pure.
 */
int seccomp_resolve(json_t *profile, const struct seccomp_machine *m, json_t **ret, struct err *err);

/* Takes sockets of the families that no network namespace holds back out of a resolved filter: AF_VSOCK,
 * AF_IUCV, AF_QIPCRTR. Pure. */
int seccomp_without_unheld(json_t *filter);

/* The first of `paths` (ends with NULL) that is there, else the built-in, resolved. */
int seccomp_find(const char *const *paths, const struct seccomp_machine *m, json_t **ret, struct err *err);
extern const char *const seccomp_paths[]; /* where engines look */

#endif
