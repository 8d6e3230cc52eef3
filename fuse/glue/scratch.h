/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer per thread, grown on demand and reused by each request: replies need no allocation, and its
 * pages stay warm. */
#ifndef MICA_GLUE_SCRATCH_H
#define MICA_GLUE_SCRATCH_H

#include <stddef.h>

/* At least `size` bytes, valid until the thread's next call; NULL without memory. */
void *scratch_get(size_t size);
/* Free the calling thread's buffer. Call before the thread ends. */
void scratch_release(void);

#endif
