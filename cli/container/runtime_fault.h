/* SPDX-License-Identifier: Apache-2.0 */
/* Explain why a container did not start, naming the object at fault. Runtimes word errors differently, often
 * without a name, and print them on streams shared with the container. */
#ifndef MICA_CONTAINER_RUNTIME_FAULT_H
#define MICA_CONTAINER_RUNTIME_FAULT_H

#include <stdint.h>

#include "container/runtime.h"
#include "os/err.h"

/* The container's program, as far as mica can find it in the image. */
struct runtime_program {
    const char *name; /* as given; NULL: unknown */
    int error;        /* 0, or the errno of the lookup; ENOENT also for a program on a volume */
    uint32_t mode;    /* with the file type */
};

/* Describe a failure with `status` (runtime_failure_status). `log` is the runtime's log; if it is "", the
 * line says that there is none. Pure. */
void runtime_fault(const struct runtime *r, int status, const char *log, const struct runtime_program *p,
                   struct err *err);

#endif
