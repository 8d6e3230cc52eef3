/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/marks.h"

#include <stdio.h>
#include <string.h>

/* Is it a name, or an absolute path without empty, "." and ".." components? */
static bool is_redirect(const char *value, size_t len)
{
    bool rooted = len > 0 && value[0] == '/';
    const char *at = value + rooted, *end = value + len;

    if (len == 0 || memchr(value, '\0', len))
        return false;
    if (at == end)
        return true;
    while (at <= end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t n = (size_t)((slash ? slash : end) - at);

        if (n == 0 || n > 255 || (at[0] == '.' && (n == 1 || (n == 2 && at[1] == '.'))) || (slash && !rooted))
            return false;
        at += n + 1;
    }
    return true;
}

/* Is it empty, or an fs-verity digest: version 0, its own length, flags, algorithm, bytes? */
static bool is_metacopy(const char *value, size_t len)
{
    return len == 0 || (len >= 4 && value[0] == 0 && (size_t)(unsigned char)value[1] == len);
}

static bool is_of(const char *value, size_t len, const char *letters)
{
    for (size_t i = 0; i < len; i++)
        if (!value[i] || !strchr(letters, value[i]))
            return false;
    return len > 0;
}

bool mark_is_sound(const char *mark, const char *value, size_t len)
{
    if (strcmp(mark, "opaque") == 0)
        return len == 1 && is_of(value, len, "yxn");
    if (strcmp(mark, "redirect") == 0)
        return is_redirect(value, len);
    if (strcmp(mark, "metacopy") == 0)
        return is_metacopy(value, len);
    if (strcmp(mark, "protattr") == 0)
        return len <= 2 && is_of(value, len, "ai");
    if (strcmp(mark, "mica.ino") == 0)
        return len == 8;
    if (strcmp(mark, "mica.links") == 0)
        return len == 4;
    if (strcmp(mark, "mica.names") == 0 || strcmp(mark, "mica.name") == 0)
        return len == 1 && value[0] == 'y';
    return true;
}

bool mark_owner_is_sound(const char *value, size_t len)
{
    char text[64];
    unsigned uid, gid, mode;
    int end = 0;

    if (len == 0 || len >= sizeof text || memchr(value, '\0', len))
        return false;
    memcpy(text, value, len);
    text[len] = '\0';
    return strspn(text, "0123456789") > 0 && sscanf(text, "%u:%u:%o%n", &uid, &gid, &mode, &end) == 3 &&
           mode <= 0177777 && (text[end] == '\0' || text[end] == ':');
}
