/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/layer_path.h"

#include <errno.h>
#include <string.h>

#include "tree/whiteout.h"

#define NAME_LONGEST 255u

/* The limit of a component: a whiteout of the longest name may be longer, by its prefix. */
static size_t longest(const char *component, size_t len)
{
    const char *removed;

    if (component[len] != '\0' || whiteout_name(component, len, &removed) != WHITEOUT_NAME_REMOVES)
        return NAME_LONGEST;
    return NAME_LONGEST + WHITEOUT_PREFIX_LEN;
}

int layer_path_clean(const char *path, const char *what, char ret[LAYER_PATH_MAX + 1], struct err *err)
{
    size_t n = 0;
    const char *p = path;

    if (!*path)
        return err_set(err, EINVAL, "%s with an empty name", what);
    while (*p) {
        size_t len = strcspn(p, "/");

        if (len == 2 && p[0] == '.' && p[1] == '.') {
            if (n == 0)
                return err_set(err, EINVAL, "%s \"%.200s\" leaves the layer", what, path);
            while (n > 0 && ret[n - 1] != '/')
                n--;
            if (n > 0)
                n--;
        } else if (len > 0 && !(len == 1 && p[0] == '.')) {
            if (len > NAME_LONGEST && len > longest(p, len))
                return err_set(err, ENAMETOOLONG, "%s \"%.200s...\": a name in it is longer than 255 bytes",
                               what, path);
            if (n + 1 + len > LAYER_PATH_MAX)
                return err_set(err, ENAMETOOLONG, "%s \"%.200s...\" is longer than %d bytes", what, path,
                               LAYER_PATH_MAX);
            if (n > 0)
                ret[n++] = '/';
            memcpy(ret + n, p, len);
            n += len;
        }
        p += len;
        p += strspn(p, "/");
    }
    ret[n] = 0;
    return (int)n;
}
