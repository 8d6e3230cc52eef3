/* SPDX-License-Identifier: Apache-2.0 */
/* Why there is no mount, and what is to be done. Pure. */
#ifndef MICA_GLUE_MOUNT_FAULT_H
#define MICA_GLUE_MOUNT_FAULT_H

#include <stdbool.h>

#include "os/err.h"

/* `device`: 0, or the errno of opening /dev/fuse; `said`: by libfuse and fusermount3 on standard error;
 * `root`: it is mounted without fusermount3. Returns a negative errno. */
int mount_fault(const char *mountpoint, int device, const char *said, bool root, struct err *err);

#endif
