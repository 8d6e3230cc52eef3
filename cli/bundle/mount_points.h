/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that a runtime mounts on. Those that a root does not have are made before, so that it is known
 * which they are, and taken away when the container has ended, unless something else is there by then: what a
 * container did is then all that is seen in its branch.
 */
#ifndef MICA_BUNDLE_MOUNT_POINTS_H
#define MICA_BUNDLE_MOUNT_POINTS_H

struct mount_points;

/* Makes those of `paths` (ends with NULL; a directory has a slash at its end) that are missing beneath
 * `rootfd`. Those that cannot be made are left to the runtime, which tells why. NULL without memory. */
struct mount_points *mount_points_make(int rootfd, char *const *paths);
/* Removes what was made, and frees all. NULL-safe. */
void mount_points_remove(struct mount_points *m);

#endif
