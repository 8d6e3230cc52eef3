/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_WHICH_PRINT_H
#define MICA_SHOW_WHICH_PRINT_H

#include "show/which.h"

/* Prints to standard output, with the image's name if `named`. 0, -EIO or -ENOMEM. */
int which_print(const struct which *w, bool named);
/* Writes an object for each layer. */
int which_print_json(const struct which *w, bool named, struct json_list *l);

#endif
