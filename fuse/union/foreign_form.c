/* SPDX-License-Identifier: Apache-2.0 */
#include "union/foreign_form.h"

#include <string.h>

#include "tree/whiteout.h"

/* Mode that fuse-overlayfs creates its marks with; its umask is 0 or leaves the owner's bits. */
#define OWN_MODE 0700

bool foreign_is_empty_mark(const struct stat *st)
{
    return S_ISREG(st->st_mode) && (st->st_mode & 07777) == OWN_MODE && st->st_size == 0 && st->st_nlink == 1;
}

enum foreign_name foreign_form(const char *name, const struct stat *st, const char **ret_removed)
{
    enum whiteout_name says = whiteout_name(name, strlen(name), ret_removed);

    if (!foreign_is_empty_mark(st))
        return FOREIGN_NONE;
    return says == WHITEOUT_NAME_REMOVES  ? FOREIGN_REMOVES
           : says == WHITEOUT_NAME_OPAQUE ? FOREIGN_OPAQUE
                                          : FOREIGN_NONE;
}

/* Does any name in the list have the prefix? */
static bool any(const char *list, size_t len, const char *prefix)
{
    for (size_t at = 0; at < len;) {
        size_t n = strnlen(list + at, len - at);

        if (n == len - at)
            break; /* a name without NUL does not count */
        if (strncmp(list + at, prefix, strlen(prefix)) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

bool foreign_attributes_prove(const char *list, size_t len)
{
    return any(list, len, "user.fuseoverlayfs.");
}

bool foreign_attributes_none(const char *list, size_t len)
{
    return !any(list, len, "user.") && !any(list, len, "trusted.");
}
