/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/match.h"

#include <fnmatch.h>
#include <string.h>

static bool has_upper(const char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            return true;
    return false;
}

bool match_path(const char *text, const char *path)
{
    bool fold = !has_upper(text);

    if (!strpbrk(text, "*?["))
        return fold ? strcasestr(path, text) : strstr(path, text);
    if (!strchr(text, '/'))
        path = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    return fnmatch(text, path, fold ? FNM_CASEFOLD : 0) == 0;
}
