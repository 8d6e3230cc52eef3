/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression of xz and bzip2, with the interface of inflate.h. Builders do not use these formats for
 * layers, but whole archives have them, and docker, podman and skopeo read those. */
#ifndef MICA_IMPORT_UNSQUEEZE_H
#define MICA_IMPORT_UNSQUEEZE_H

#include <stdbool.h>

#include "import/inflate.h"

/* A stream of `xz -9` needs 65 MiB; only hand-chosen options need more. */
#define UNSQUEEZE_MEMORY_MIB 128u

struct unsqueezer;

struct unsqueezer *
unsqueezer_new(bool xz); /* otherwise bzip2; at the beginning of a stream; NULL on lack of memory */
void unsqueezer_free(struct unsqueezer *u); /* NULL-safe */
/* Prepares for the next stream. 0 or -ENOMEM. */
int unsqueezer_restart(struct unsqueezer *u);
/* As inflater_step; -EFBIG: it needs more memory than the limit above. */
int unsqueezer_step(struct unsqueezer *u, struct inflate_io *io);

#endif
