/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_EXPORT_LAYOUT_OUT_H
#define MICA_EXPORT_LAYOUT_OUT_H

#include "export/blobs_out.h"

int export_layout(struct export *x);
#endif
