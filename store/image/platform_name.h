/* SPDX-License-Identifier: Apache-2.0 */
/* Names of platforms in all their forms; inside this folder only. */
#ifndef MICA_IMAGE_PLATFORM_NAME_H
#define MICA_IMAGE_PLATFORM_NAME_H

#include "image/platform.h"

/* Go's names for what uname(2) and people call a machine: x86_64 is amd64, armhf is arm v7. A variant that is
 * said stays, "7" as "v7". */
void platform_normalize(struct platform *p);

#endif
