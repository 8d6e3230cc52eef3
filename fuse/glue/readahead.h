/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_GLUE_READAHEAD_H
#define MICA_GLUE_READAHEAD_H

/* Raise the kernel's readahead on the mount at `mountpoint` above its default of 128 KiB: fewer and larger
 * requests. Needs write access to sysfs; does nothing without. Call after INIT, which resets it. */
void readahead_raise(const char *mountpoint);

#endif
