/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_DISK_OWN_OBJECT_H
#define MICA_DISK_OWN_OBJECT_H

#include "disk/object.h"

/* Does the object `name` in `dir` consist only of files that mica creates for this kind, damaged or not? 1: yes. 0: it
 * holds files of others, which must not be removed. A negative errno: not known. */
int object_is_own(int dir, const char *name, enum object_kind kind);

#endif
