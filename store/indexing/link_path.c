/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/link_path.h"

#include <errno.h>
#include <string.h>

void link_path_init(struct link_path *l, const char *path, size_t len)
{
    l->texts[0].next = path;
    l->texts[0].limit = path + len;
    l->depth = l->links = 0;
}

/* Skips slashes in the innermost text. False if nothing is left of it. */
static bool more(struct link_path *l)
{
    const char **at = &l->texts[l->depth].next, *end = l->texts[l->depth].limit;

    while (*at < end && **at == '/')
        ++*at;
    return *at < end;
}

bool link_path_next(struct link_path *l, const char **ret, size_t *ret_len, bool *ret_last)
{
    const char **at, *slash;

    while (!more(l)) {
        if (l->depth == 0)
            return false;
        l->depth--;
    }
    at = &l->texts[l->depth].next;
    slash = memchr(*at, '/', (size_t)(l->texts[l->depth].limit - *at));
    *ret = *at;
    *ret_len = (size_t)((slash ? slash : l->texts[l->depth].limit) - *at);
    *at += *ret_len;
    *ret_last = !more(l) && l->depth == 0;
    return true;
}

int link_path_follow(struct link_path *l, const char *target, size_t len)
{
    if (l->links == LINK_PATH_LINKS_MAX)
        return -ELOOP;
    l->links++;
    l->depth++; /* never more than the links */
    l->texts[l->depth].next = target;
    l->texts[l->depth].limit = target + len;
    return 0;
}
