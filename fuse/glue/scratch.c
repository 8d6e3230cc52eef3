/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/scratch.h"

#include <stdlib.h>

static _Thread_local struct {
    void *data;
    size_t size;
} scratch;

void *scratch_get(size_t size)
{
    if (size > scratch.size) {
        scratch_release();
        /* Pages that no reply uses are never touched and cost nothing. */
        scratch.data = malloc(size);
        scratch.size = scratch.data ? size : 0;
    }
    return scratch.data;
}

void scratch_release(void)
{
    free(scratch.data);
    scratch.data = NULL;
    scratch.size = 0;
}
