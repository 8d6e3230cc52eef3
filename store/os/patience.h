/* SPDX-License-Identifier: Apache-2.0 */
/* Retries for a short time: umount(8) returns before the daemon of the mount has exited and released its
 * locks, and a new mount right after it should succeed. */
#ifndef MICA_OS_PATIENCE_H
#define MICA_OS_PATIENCE_H

#include <stdbool.h>

struct patience {
    unsigned naps; /* counted, not timed: a machine that is stopped meanwhile uses up none */
};

/* Starts a period of one second. */
struct patience patience_begin(void);
/* Waits some milliseconds; false when the period is over. */
bool patience_wait(struct patience *p);

#endif
