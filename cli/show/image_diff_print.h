/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_IMAGE_DIFF_PRINT_H
#define MICA_SHOW_IMAGE_DIFF_PRINT_H

#include "show/image_diff.h"

/* Prints to standard output. 0, -EIO or -ENOMEM. */
int image_diff_print(const struct image_diff *d, bool long_lines);
int image_diff_print_stat(const struct image_diff *d);
int image_diff_print_json(const struct image_diff *d);
int image_diff_print_stat_json(const struct image_diff *d);

#endif
