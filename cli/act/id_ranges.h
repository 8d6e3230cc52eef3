/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subordinate ids that a user may map in a user namespace: /etc/subuid and /etc/subgid, see subuid(5). Id 0
 * of a container is the user's own; ids from 1 on are those of the user's ranges in order.
 */
#ifndef MICA_ACT_ID_RANGES_H
#define MICA_ACT_ID_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bundle/spec.h"
#include "os/err.h"

#define ID_RANGES_MAX 32

struct id_ranges {
    struct bundle_ids uids[ID_RANGES_MAX], gids[ID_RANGES_MAX];
    size_t n_uids, n_gids; /* at least 1 */
};

/* Append the ranges that a file's text gives to `user` or `uid` to ids[0 .. n - 1]; returns the new count.
 * Invalid lines are skipped. Pure. */
size_t id_ranges_parse(const char *text, const char *user, uint32_t uid, struct bundle_ids ids[ID_RANGES_MAX],
                       size_t n);

/* Find the calling user's ranges. Without ranges, or without newuidmap and newgidmap, only the user's own
 * id. */
void id_ranges_find(struct id_ranges *ret);
bool id_ranges_single(const struct id_ranges *r);
/* Does the process's user namespace have one id only? */
bool id_ranges_here_single(void);

/* Read the id maps of the process's user namespace. -EUCLEAN for an invalid map. */
int id_ranges_here(struct id_ranges *ret);
/* Parse the text of /proc/PID/uid_map: the number of ranges, or -EUCLEAN. Pure. */
int id_ranges_read_map(const char *text, struct bundle_ids ids[ID_RANGES_MAX]);
/* Check that an id is mapped; `what` is "user" or "group". -EINVAL with a line otherwise. Pure. */
int id_ranges_check(const struct bundle_ids *ids, size_t n, const char *what, uint32_t id, struct err *err);

/* Set the id maps of process `pid`, which has just created its user namespace, by newuidmap and newgidmap. */
int id_ranges_give(const struct id_ranges *r, pid_t pid, struct err *err);
/* Map only the user's own id in a user namespace just created, which needs no helper. */
int id_ranges_take_own(uid_t uid, gid_t gid, struct err *err);

/* Format as micafs's uidmapping= ("0:1000:1:1:100000:65536"); fresh memory, or NULL. */
char *id_ranges_option(const struct bundle_ids *ids, size_t n);

#endif
