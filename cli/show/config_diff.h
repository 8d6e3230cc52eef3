/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_CONFIG_DIFF_H
#define MICA_SHOW_CONFIG_DIFF_H

#include "show/image_diff.h"

/* Compares the configs. */
int config_diff_make(const struct image *a, const struct image *b, struct image_diff *ret, struct err *err);

#endif
