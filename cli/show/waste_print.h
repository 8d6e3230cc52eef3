/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_WASTE_PRINT_H
#define MICA_SHOW_WASTE_PRINT_H

#include "show/waste.h"

/* Prints to standard output. 0, -EIO or -ENOMEM. */
int waste_print(const struct waste *w);
/* Makes a new object, or NULL on lack of memory. */
json_t *waste_json(const struct waste *w);

#endif
