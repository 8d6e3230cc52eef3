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

static const char escape[] = "overlay.";

/* Prefix of marks, with its dot. */
static const char *prefix_of(enum tree_marks marks)
{
    return marks == TREE_MARKS_NONE ? NULL : marks == TREE_MARKS_USER ? "user.overlay." : "trusted.overlay.";
}

const char *xattr_kept_name(enum tree_marks marks, const char *name, char buf[XATTR_NAME_MAX + 1])
{
    const char *prefix = prefix_of(marks);

    if (!prefix || !starts_with(name, prefix))
        return name;
    if (strlen(name) + strlen(escape) > XATTR_NAME_MAX)
        return NULL;
    stpcpy(stpcpy(stpcpy(buf, prefix), escape), name + strlen(prefix));
    return buf;
}

size_t xattr_show_list(enum tree_marks marks, char *list, size_t len)
{
    const char *prefix = prefix_of(marks);
    size_t prefix_len = prefix ? strlen(prefix) : 0, kept = 0;

    for (size_t at = 0; at < len;) {
        const char *name = list + at;
        size_t n = strnlen(name, len - at) + 1, escaped;

        if (n > len - at)
            break;
        at += n;
        escaped = prefix && starts_with(name, prefix) ? strlen(escape) : 0;
        if (escaped && !starts_with(name + prefix_len, escape))
            continue;
        /* Keep the prefix; move the rest over the escape. */
        memmove(list + kept, name, n);
        if (escaped)
            memmove(list + kept + prefix_len, list + kept + prefix_len + escaped, n - prefix_len - escaped);
        kept += n - escaped;
    }
    return kept;
}

size_t xattr_uncover_list(enum tree_marks marks, const char *as, const char *own, char *list, size_t len)
{
    const char *prefix = prefix_of(marks);
    size_t prefix_len = prefix ? strlen(prefix) : 0, left = 0;

    for (size_t at = 0, n; at < len; at += n) {
        size_t covered;

        n = strnlen(list + at, len - at) + 1;
        if (n > len - at)
            break;
        covered = prefix && starts_with(list + at, prefix) && starts_with(list + at + prefix_len, as)
                      ? prefix_len + strlen(as)
                      : 0;
        if (covered) {
            memcpy(list + left, own, strlen(own));
            left += strlen(own);
        }
        memmove(list + left, list + at + covered, n - covered);
        left += n - covered;
    }
    return left;
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
