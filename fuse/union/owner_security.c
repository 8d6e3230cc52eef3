/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes security.*, mainly capabilities, of files whose owners are kept in attributes. An ordinary user
 * may not set them, and a copy-up must not lose them. So they are kept under a name of the union's own, which
 * programs cannot use through the mount (xattr_policy.h). An attribute that the file system lets the daemon
 * set is the file's own.
 */
#include <errno.h>
#include <string.h>

#include "union/owner_security.h"

#define PREFIX     "security."
#define PREFIX_LEN (sizeof PREFIX - 1)

bool owner_keeps_security(const struct branch *b, const char *attr)
{
    return b->config.override && strncmp(attr, PREFIX, PREFIX_LEN) == 0;
}

/* NULL if too long. */
static const char *name_aside(const struct branch *b, const char *attr, char buf[XATTR_NAME_MAX + 1])
{
    if (strlen(b->prefix) + strlen(OWNER_SECURITY) + strlen(attr + PREFIX_LEN) > XATTR_NAME_MAX)
        return NULL;
    stpcpy(stpcpy(stpcpy(buf, b->prefix), OWNER_SECURITY), attr + PREFIX_LEN);
    return buf;
}

ssize_t owner_get_security(const struct branch *b, struct where w, const char *attr, void *value, size_t size)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *aside = name_aside(b, attr, buf);
    ssize_t n = where_getxattr(w, attr, value, size);

    return n == -ENODATA && aside ? where_getxattr(w, aside, value, size) : n;
}

int owner_set_security(const struct branch *b, struct where w, const char *attr, const void *value,
                       size_t size, int flags)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *aside = name_aside(b, attr, buf);
    int r = where_setxattr(w, attr, value, size, flags);

    return r == -EPERM && aside ? where_setxattr(w, aside, value, size, flags) : r;
}

int owner_remove_security(const struct branch *b, struct where w, const char *attr)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *aside = name_aside(b, attr, buf);
    int kept = aside ? where_removexattr(w, aside) : -ENODATA, own;

    if (kept < 0 && kept != -ENODATA && kept != -EOPNOTSUPP)
        return kept;
    /* Without permission removal gives EPERM even if there is no such attribute. */
    own = where_getxattr(w, attr, NULL, 0) < 0 ? -ENODATA : where_removexattr(w, attr);
    return kept == 0 && own == -ENODATA ? 0 : own;
}
