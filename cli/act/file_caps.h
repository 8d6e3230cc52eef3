/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities of a file: the value of its attribute security.capability. Pure. */
#ifndef MICA_ACT_FILE_CAPS_H
#define MICA_ACT_FILE_CAPS_H

#include <stddef.h>

#define FILE_CAPS_XATTR "security.capability"

/* Formats the value as getcap(8): "cap_net_raw=ep", sets with other flags behind a blank, " [rootid=N]" for those of a user
 * namespace. Capabilities that have no name here are left out. *ret is fresh memory. -EINVAL for a value that the kernel
 * refuses, -ENOMEM. */
int file_caps_text(const void *value, size_t len, char **ret);

#endif
