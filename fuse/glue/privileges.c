/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/privileges.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"

#define FEW 64

static bool among(gid_t group, const gid_t *groups, int n)
{
    for (int i = 0; i < n; i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

/* A caller that has exited, or cannot be inspected, counts as a member of the request's group only. */
static bool in_group(fuse_req_t req, gid_t group)
{
    gid_t few[FEW];
    cleanup_free gid_t *many = NULL;
    int n;

    if (fuse_req_ctx(req)->gid == group)
        return true;
    n = fuse_req_getgroups(req, FEW, few);
    if (n <= FEW)
        return among(group, few, n);
    many = calloc((size_t)n, sizeof *many);
    return many && fuse_req_getgroups(req, n, many) == n && among(group, many, n);
}

bool privileges_may_keep(fuse_req_t req)
{
    return fuse_req_ctx(req)->uid == 0 && glue_of(req)->initial;
}

bool privileges_lose_sgid(fuse_req_t req, const struct stat *st)
{
    if (fuse_req_ctx(req)->uid == 0 && !glue_of(req)->initial)
        return false;
    return !S_ISDIR(st->st_mode) && (st->st_mode & (S_ISGID | S_IXGRP)) == S_ISGID &&
           !in_group(req, st->st_gid);
}

mode_t privileges_may_set(fuse_req_t req, mode_t mode)
{
    const struct glue *g = glue_of(req);
    uid_t caller = fuse_req_ctx(req)->uid;

    if (caller == 0 || caller == geteuid())
        return mode;
    if (g->uids.squashed && !S_ISDIR(mode))
        mode &= ~(mode_t)S_ISUID;
    if (g->gids.squashed && !S_ISDIR(mode))
        mode &= ~(mode_t)S_ISGID;
    return mode;
}

bool privileges_lose_all(const struct glue *g)
{
    return g->uids.squashed || g->gids.squashed;
}
