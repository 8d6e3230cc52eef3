/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_GLUE_READAHEAD_H
#define MICA_GLUE_READAHEAD_H

/* Lets the kernel read further ahead on the mount at `mountpoint` than its 128 KiB: fewer and larger
 * requests. Needs to write to sysfs; where it may not, everything works as before. To be called after INIT,
 * which resets it. */
void readahead_raise(const char *mountpoint);

#endif
