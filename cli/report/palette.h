/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of layers: from blue for the bottom layer over green and yellow to violet for the top one. Pure. */
#ifndef MICA_REPORT_PALETTE_H
#define MICA_REPORT_PALETTE_H

#include <stddef.h>

#include "os/buf.h"

#define PALETTE_MAX 64

/* Number of the colour of layer `layer` (0, 1, ...) of `n`, from 1. Beyond PALETTE_MAX layers neighbours share one. */
unsigned palette_class(size_t layer, size_t n);
/* Appends the style sheet: `.lN{--c:#RRGGBB}` for each colour of `n` layers, light and dark. 0 or -ENOMEM. */
int palette_css(struct buf *out, size_t n);

#endif
