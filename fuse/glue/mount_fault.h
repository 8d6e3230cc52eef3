/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnose a failed mount, with the remedy. Pure. */
#ifndef MICA_GLUE_MOUNT_FAULT_H
#define MICA_GLUE_MOUNT_FAULT_H

#include <stdbool.h>

#include "os/err.h"

/* `device`: 0, or the errno of opening /dev/fuse; `said`: standard error of libfuse and fusermount3; `root`:
 * fusermount3 was not used. Returns a negative errno. */
int mount_fault(const char *mountpoint, int device, const char *said, bool root, struct err *err);

#endif
