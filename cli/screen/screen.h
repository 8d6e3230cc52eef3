/* SPDX-License-Identifier: Apache-2.0 */
/* The screen of mica explore. */
#ifndef MICA_SCREEN_SCREEN_H
#define MICA_SCREEN_SCREEN_H

#include "act/image_arg.h"

/* Can there be a screen? 0, or an exit status after an error message. */
int screen_check(void);
/* Shows an image, or two beside each other (`second` may be NULL), until the user leaves. `names` are for the title.
 * Returns an exit status, or ends the process by the signal that asked for it. */
int screen_show(const struct image_arg *first, const struct image_arg *second, const char *const names[2]);

#endif
