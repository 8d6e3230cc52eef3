/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_OWNER_SECURITY_H
#define MICA_UNION_OWNER_SECURITY_H

#include "union/owner.h"

/* Attributes security.* of files whose owners are kept in attributes; the daemon usually
 * cannot set them. As setxattr(2) and so on. */
bool owner_keeps_security(const struct branch *b, const char *attr);
ssize_t owner_get_security(const struct branch *b, struct where w, const char *attr, void *value,
                           size_t size);
int owner_set_security(const struct branch *b, struct where w, const char *attr, const void *value,
                       size_t size, int flags);
int owner_remove_security(const struct branch *b, struct where w, const char *attr);

#endif
