/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount namespace that nobody else is in any more is kept by the daemon, and the daemon by its mount there:
 * both would stay, and the upper with them. So a daemon at rest that finds itself alone leaves the namespace.
 * If nobody holds it otherwise, by a descriptor or a bind mount of it, it goes with its mounts, and the
 * daemon with the last of its own; else nothing changes for whoever looks.
 */
#ifndef MICA_FUSE_LEAVE_H
#define MICA_FUSE_LEAVE_H

#define LEAVE_FIRST_MS 4000
#define LEAVE_LAST_MS  3600000

struct leave {
    int next_ms; /* 0: not looked yet, -1: never again */
};

/* After how many milliseconds of rest to look, -1: never. Never where /proc does not tell, and in the
 * namespace of process 1. */
int leave_wait(struct leave *l);
/* Looks, and leaves if nobody else is there; the next look comes after a longer time of rest. By one thread.
 */
void leave_if_alone(struct leave *l, const char *mountpoint);

#endif
