/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose files are, at the border: what the union says is as on disk, what the kernel is told and tells is as
 * the mount shows it (union/id_map.h). Beyond this nobody knows of mapped ids.
 *
 * A container engine prepares a container as root, who is nobody in it: what root makes is of the container's
 * root then. Anybody else without an id on disk is refused, as by the kernel's idmapped mounts.
 *
 * Where owners are squashed, an id that comes in says nothing of one on disk: what is made belongs to the
 * daemon, and a change of owner changes nothing.
 */
#ifndef MICA_GLUE_OWNERS_H
#define MICA_GLUE_OWNERS_H

#include "glue/context.h"

/* From disk: *st as it is shown. */
void owners_show(const struct glue *g, struct stat *st);
/* To disk. -EOVERFLOW for an id that is nobody's on disk. */
int owners_take_caller(const struct glue *g, struct un_caller *caller);
int owners_take_change(const struct glue *g, struct un_change *change);

/* Values of extended attributes, where they have ids in them: access lists, and capabilities, whose size is
 * another then. Getting one is un_getxattr(). Taking one gives -EINVAL where the kernel would, and *value may
 * lie in the thread's scratch buffer afterwards. */
ssize_t owners_getxattr(const struct glue *g, uint64_t node, const char *name, void *value, size_t size,
                        bool privileged);
int owners_take_xattr(const struct glue *g, const char *name, const void **value, size_t *size);

#endif
