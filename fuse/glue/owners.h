/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps owners between the union, which uses ids on disk, and the kernel, which uses ids of the mount
 * (union/id_map.h). All other code uses ids on disk only.
 *
 * A container engine prepares a container as root, which the mount may not map: root's new files then belong to the
 * container's root. Any other caller without an id on disk is refused, as by the kernel's idmapped mounts.
 *
 * With squashed owners an incoming id has no equivalent on disk: new files belong to the daemon, and a change of
 * owner has no effect.
 */
#ifndef MICA_GLUE_OWNERS_H
#define MICA_GLUE_OWNERS_H

#include "glue/context.h"

/* Map the ids of *st from disk to the mount. */
void owners_show(const struct glue *g, struct stat *st);
/* Map ids from the mount to disk. -EOVERFLOW for an unmapped id. */
int owners_take_caller(const struct glue *g, struct un_caller *caller);
int owners_take_change(const struct glue *g, struct un_change *change);

/* Values of extended attributes with ids: access lists, and capabilities, whose size may change.
 * owners_getxattr is un_getxattr() with mapped ids. Taking a value gives -EINVAL where the kernel would, and
 * may point *value into the thread's scratch buffer. */
ssize_t owners_getxattr(const struct glue *g, uint64_t node, const char *name, void *value, size_t size,
                        bool privileged);
int owners_take_xattr(const struct glue *g, const char *name, const void **value, size_t *size);

#endif
