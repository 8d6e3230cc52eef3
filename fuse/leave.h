/* SPDX-License-Identifier: Apache-2.0 */
/* A mount namespace without other processes is kept by the daemon, and the daemon by its mount in it: both
 * would stay, and keep the upper in use. So an idle daemon that is alone leaves the namespace. Unless a
 * descriptor or a bind mount keeps the namespace, it ends with its mounts, and the daemon with its last
 * mount; otherwise nothing changes. */
#ifndef MICA_FUSE_LEAVE_H
#define MICA_FUSE_LEAVE_H

#define LEAVE_FIRST_MS 4000
#define LEAVE_LAST_MS  3600000

struct leave {
    int next_ms; /* 0: not looked yet, -1: never again */
};

/* Returns the idle time in milliseconds before the next look, -1: never. Never if /proc does not show it,
 * and in the namespace of process 1. */
int leave_wait(struct leave *l);
/* Looks, and leaves if no other process is there; doubles the idle time before the next look. Call from
 * one thread. */
void leave_if_alone(struct leave *l, const char *mountpoint);

#endif
