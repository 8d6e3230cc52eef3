/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/owners.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glue/scratch.h"
#include "union/id_map_acl.h"
#include "union/id_map_cap.h"

void owners_show(const struct glue *g, struct stat *st)
{
    st->st_uid = id_map_show_owner(&g->uids, st->st_uid);
    st->st_gid = id_map_show_owner(&g->gids, st->st_gid);
    if (g->static_nlink && S_ISDIR(st->st_mode))
        st->st_nlink = 1;
}

static int take_maker(const struct id_map *m, bool root, uint32_t *id)
{
    int r = id_map_take(m, *id, id);

    if (r < 0 && root)
        *id = 0;
    return root ? 0 : r;
}

int owners_take_caller(const struct glue *g, struct un_caller *caller)
{
    bool root = caller->uid == 0;
    int r = 0;

    if (g->uids.squashed)
        caller->uid = geteuid();
    else
        r = take_maker(&g->uids, root, &caller->uid);
    if (g->gids.squashed)
        caller->gid = getegid();
    else if (r == 0)
        r = take_maker(&g->gids, root, &caller->gid);
    return r;
}

/* (uid_t)-1 stays: leave that owner unchanged, and do the rest of the chown(2). */
static int take_owner(const struct id_map *m, uint32_t *id)
{
    if (m->squashed)
        *id = (uint32_t)-1;
    return *id == (uint32_t)-1 ? 0 : id_map_take(m, *id, id);
}

int owners_take_change(const struct glue *g, struct un_change *change)
{
    int r = change->what & UN_UID ? take_owner(&g->uids, &change->uid) : 0;

    return r == 0 && change->what & UN_GID ? take_owner(&g->gids, &change->gid) : r;
}

static bool is_list(const char *name)
{
    return strncmp(name, "system.posix_acl_", 17) == 0;
}

/* Does the value of this attribute hold ids that must be mapped? */
static bool in_list(const struct glue *g, const char *name)
{
    return (g->uids.n > 0 || g->gids.n > 0) && is_list(name);
}

static bool in_capabilities(const struct glue *g, const char *name)
{
    return g->uids.n > 0 && strcmp(name, "security.capability") == 0;
}

static ssize_t get_capabilities(const struct glue *g, uint64_t node, const char *name, void *value,
                                size_t size, bool privileged)
{
    char cap[ID_MAP_CAP_SIZE];
    ssize_t n = un_getxattr(g->un, node, name, cap, sizeof cap, privileged);

    if (n >= 0)
        n = id_map_show_cap(&g->uids, cap, (size_t)n);
    if (n < 0 || size == 0)
        return n;
    if ((size_t)n > size)
        return -ERANGE;
    memcpy(value, cap, (size_t)n);
    return n;
}

ssize_t owners_getxattr(const struct glue *g, uint64_t node, const char *name, void *value, size_t size,
                        bool privileged)
{
    ssize_t n;

    if (in_capabilities(g, name))
        return get_capabilities(g, node, name, value, size, privileged);
    n = un_getxattr(g->un, node, name, value, size, privileged);
    if (n <= 0 || size == 0 || !is_list(name))
        return n;
    id_map_show_acl(&g->uids, &g->gids, value, (size_t)n);
    return (ssize_t)un_known_acl(g->un, value, (size_t)n);
}

int owners_take_xattr(const struct glue *g, const char *name, const void **value, size_t *size)
{
    bool capabilities = in_capabilities(g, name) && *size <= ID_MAP_CAP_SIZE;
    ssize_t n;
    void *copy;

    if ((!capabilities && !in_list(g, name)) || *size == 0)
        return 0;
    copy = scratch_get(*size > ID_MAP_CAP_SIZE ? *size : ID_MAP_CAP_SIZE);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, *value, *size);
    *value = copy;
    if (!capabilities)
        return id_map_take_acl(&g->uids, &g->gids, copy, *size);
    n = id_map_take_cap(&g->uids, copy, *size);
    if (n < 0)
        return (int)n;
    *size = (size_t)n;
    return 0;
}
