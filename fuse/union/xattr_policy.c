/* SPDX-License-Identifier: Apache-2.0 */
#include "union/xattr_policy.h"

#include <errno.h>
#include <string.h>

static bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool xattr_visible(const char *name, bool privileged)
{
    static const char *const hidden_prefixes[] = {
        "trusted.overlay.",
        "user.overlay.",
        "user.fuseoverlayfs.",
        "security.fuseoverlayfs.",
    };
    static const char *const hidden_names[] = {
        "security.selinux",
        "user.containers.override_stat",
        "system.nfs4_acl",
    };

    for (size_t i = 0; i < sizeof hidden_prefixes / sizeof hidden_prefixes[0]; i++) {
        if (starts_with(name, hidden_prefixes[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof hidden_names / sizeof hidden_names[0]; i++) {
        if (strcmp(name, hidden_names[i]) == 0)
            return false;
    }
    return privileged || !starts_with(name, "trusted.");
}

int xattr_absent(const char *name)
{
    static const char *const namespaces[] = {"user.", "trusted.", "security."};

    for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        if (starts_with(name, namespaces[i]))
            return name[strlen(namespaces[i])] ? -ENODATA : -EINVAL;
    }
    return starts_with(name, "system.posix_acl_") ? -ENODATA : -EOPNOTSUPP;
}

size_t xattr_filter_list(char *list, size_t len, bool privileged)
{
    size_t kept = 0;

    for (size_t at = 0; at < len;) {
        size_t n = strnlen(list + at, len - at) + 1;

        if (n > len - at)
            break;
        if (xattr_visible(list + at, privileged)) {
            memmove(list + kept, list + at, n);
            kept += n;
        }
        at += n;
    }
    return kept;
}
