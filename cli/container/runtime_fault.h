/* SPDX-License-Identifier: Apache-2.0 */
/* Why a container did not start, told of the thing that it is about. Runtimes say it in words of their own,
 * often without a name, and on streams that they share with the container. */
#ifndef MICA_CONTAINER_RUNTIME_FAULT_H
#define MICA_CONTAINER_RUNTIME_FAULT_H

#include <stdint.h>

#include "container/runtime.h"
#include "os/err.h"

/* The program that was to be run, as far as it can be found in the image. */
struct runtime_program {
    const char *name; /* as it was said; NULL: not known */
    int error;        /* 0, or why there is nothing to be found: an errno; what a volume has is ENOENT, too */
    uint32_t mode;    /* with its type */
};

/* A line on what failed with `status` (runtime_failure_status). `log` is what the runtime has written down;
 * "" where it has not, and then the line says so. Pure. */
void runtime_fault(const struct runtime *r, int status, const char *log, const struct runtime_program *p,
                   struct err *err);

#endif
