/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount points for the runtime. Missing ones are created in advance, so that mica knows them, and removed
 * when the container has ended unless they have changed: the branch then shows only the container's
 * changes.
 */
#ifndef MICA_BUNDLE_MOUNT_POINTS_H
#define MICA_BUNDLE_MOUNT_POINTS_H

struct mount_points;

/* Create those of `paths` (ends with NULL; a trailing slash marks a directory) that are missing beneath
 * `rootfd`. The runtime reports those that cannot be created. NULL without memory. */
struct mount_points *mount_points_make(int rootfd, char *const *paths);
/* Remove the created mount points and free `m`. NULL-safe. */
void mount_points_remove(struct mount_points *m);

#endif
