/* SPDX-License-Identifier: Apache-2.0 */
/* All forms of platform names; private to this folder. */
#ifndef MICA_IMAGE_PLATFORM_NAME_H
#define MICA_IMAGE_PLATFORM_NAME_H

#include "image/platform.h"

/* Replaces the names of uname(2) and common usage by Go's: x86_64 becomes amd64, armhf arm v7. Keeps a
 * given variant, "7" as "v7". */
void platform_normalize(struct platform *p);

#endif
