/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_DISK_OWN_OBJECT_H
#define MICA_DISK_OWN_OBJECT_H

#include <stdbool.h>

#include "disk/object.h"

/* Does what has this name in `dir` consist of files that mica makes for such an object, damaged or not? Else
 * somebody has put something there, which is not to be removed. */
bool object_is_own(int dir, const char *name, enum object_kind kind);

#endif
