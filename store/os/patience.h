/* SPDX-License-Identifier: Apache-2.0 */
/* Trying again for a moment: umount(8) returns before the daemon of the mount has ended and given its locks
 * back, and whoever mounts again at once should not be refused. */
#ifndef MICA_OS_PATIENCE_H
#define MICA_OS_PATIENCE_H

#include <stdbool.h>

struct patience {
    unsigned naps; /* counted, not timed: a machine that is stopped meanwhile uses up none */
};

/* Begins a moment: one second. */
struct patience patience_begin(void);
/* Waits some milliseconds; false when the moment is over. */
bool patience_wait(struct patience *p);

#endif
