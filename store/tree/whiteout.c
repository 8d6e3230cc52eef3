/* SPDX-License-Identifier: Apache-2.0 */
/* Whiteouts and marks (whiteout.h). Sources: OCI image-spec layer.md (Whiteouts), kernel
 * Documentation/filesystems/overlayfs.rst, and what fuse-overlayfs leaves in its uppers. */
#include "tree/whiteout.h"

#include <string.h>
#include <sys/stat.h>

static bool is_dot_or_dotdot(const char *name, size_t len)
{
    return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

static bool has_prefix(const char *name, size_t len)
{
    return len >= WHITEOUT_PREFIX_LEN && memcmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) == 0;
}

enum whiteout_name whiteout_name(const char *name, size_t len, const char **ret_removed)
{
    if (!has_prefix(name, len))
        return WHITEOUT_NAME_PLAIN;
    const char *removed = name + WHITEOUT_PREFIX_LEN;
    size_t removed_len = len - WHITEOUT_PREFIX_LEN;
    if (has_prefix(removed, removed_len)) {
        bool opaque = len == strlen(WHITEOUT_OPAQUE_NAME) && memcmp(name, WHITEOUT_OPAQUE_NAME, len) == 0;
        return opaque ? WHITEOUT_NAME_OPAQUE : WHITEOUT_NAME_LEFTOVER;
    }
    /* `.wh...` must never remove a parent. */
    if (removed_len == 0 || is_dot_or_dotdot(removed, removed_len))
        return WHITEOUT_NAME_LEFTOVER;
    if (ret_removed)
        *ret_removed = removed;
    return WHITEOUT_NAME_REMOVES;
}

bool whiteout_is_device(uint32_t mode, uint32_t rdev_major, uint32_t rdev_minor)
{
    return S_ISCHR(mode) && rdev_major == 0 && rdev_minor == 0;
}

enum overlay_mark overlay_mark(const char *name, enum overlay_family *ret_family)
{
    static const char *const families[] = {
        [OVERLAY_TRUSTED] = "trusted.overlay.",
        [OVERLAY_USER] = "user.overlay.",
        [OVERLAY_FUSEOVERLAYFS] = "user.fuseoverlayfs.",
    };
    static const char *const marks[] = {
        [OVERLAY_MARK_OPAQUE] = "opaque",
        [OVERLAY_MARK_WHITEOUT] = "whiteout",
        [OVERLAY_MARK_REDIRECT] = "redirect",
        [OVERLAY_MARK_METACOPY] = "metacopy",
    };
    for (unsigned f = 0; f < sizeof(families) / sizeof(*families); f++) {
        size_t n = strlen(families[f]);
        if (strncmp(name, families[f], n) != 0)
            continue;
        if (ret_family)
            *ret_family = f;
        for (unsigned m = OVERLAY_MARK_OPAQUE; m < OVERLAY_MARK_OTHER; m++)
            if (strcmp(name + n, marks[m]) == 0)
                /* fuse-overlayfs has only the opaque one. */
                return f == OVERLAY_FUSEOVERLAYFS && m != OVERLAY_MARK_OPAQUE ? OVERLAY_MARK_OTHER : m;
        return OVERLAY_MARK_OTHER;
    }
    return OVERLAY_MARK_NONE;
}

enum overlay_opaque overlay_opaque_value(const void *value, size_t len)
{
    if (len != 1)
        return OVERLAY_NOT_OPAQUE;
    char c = *(const char *)value;
    return c == 'y' ? OVERLAY_OPAQUE : c == 'x' ? OVERLAY_XATTR_WHITEOUTS : OVERLAY_NOT_OPAQUE;
}

static bool component_valid(const char *name, size_t len)
{
    return len >= 1 && len <= 255 && !is_dot_or_dotdot(name, len);
}

bool overlay_redirect_valid(const char *value, size_t len)
{
    if (len == 0 || len > OVERLAY_REDIRECT_MAX || memchr(value, 0, len))
        return false;
    if (value[0] != '/')
        return !memchr(value, '/', len) && component_valid(value, len);
    const char *end = value + len;
    for (const char *s = value; s < end;) {
        const char *component = s + 1;
        const char *next = memchr(component, '/', (size_t)(end - component));
        if (!next)
            next = end;
        if (!component_valid(component, (size_t)(next - component)))
            return false;
        s = next;
    }
    return true;
}
