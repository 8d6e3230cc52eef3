/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression of xz and bzip2, as inflate.h does it for gzip. Who writes layers uses neither, but whole
 * archives are kept so, and docker, podman and skopeo read them. */
#ifndef MICA_IMPORT_UNSQUEEZE_H
#define MICA_IMPORT_UNSQUEEZE_H

#include <stdbool.h>

#include "import/inflate.h"

/* What a stream of `xz -9` needs is 65 MiB; more only with options that are chosen by hand. */
#define UNSQUEEZE_MEMORY_MIB 128u

struct unsqueezer;

struct unsqueezer *
unsqueezer_new(bool xz); /* else bzip2; at the beginning of a stream; NULL without memory */
void unsqueezer_free(struct unsqueezer *u); /* NULL-safe */
/* Goes on with another stream. 0 or -ENOMEM. */
int unsqueezer_restart(struct unsqueezer *u);
/* As inflater_step; -EFBIG: it needs more memory than the above. */
int unsqueezer_step(struct unsqueezer *u, struct inflate_io *io);

#endif
