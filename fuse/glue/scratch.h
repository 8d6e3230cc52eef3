/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer for each thread, grown when needed and used again by each request: answers are put together in
 * it without an allocation, and its pages stay warm. */
#ifndef MICA_GLUE_SCRATCH_H
#define MICA_GLUE_SCRATCH_H

#include <stddef.h>

/* At least `size` bytes, valid until the thread's next call; NULL without memory. */
void *scratch_get(size_t size);
/* Frees the calling thread's; to be called before it ends. */
void scratch_release(void);

#endif
