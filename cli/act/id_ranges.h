/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids that a user may give out in a user namespace of his own: /etc/subuid and /etc/subgid, see subuid(5).
 * A container's 0 is the user himself, 1 and what follows are the ids of his ranges, one after the other.
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

/* Appends the ranges that a file's text gives `user` or `uid` to ids[0 .. n - 1]; returns how many there are
 * then. Lines that make no sense are passed over. Pure. */
size_t id_ranges_parse(const char *text, const char *user, uint32_t uid, struct bundle_ids ids[ID_RANGES_MAX],
                       size_t n);

/* Those of the calling user. Without ranges, or without the programs that set them, just the user's own id.
 */
void id_ranges_find(struct id_ranges *ret);
bool id_ranges_single(const struct id_ranges *r);
/* The same of the namespace that the process is in: has it but one id? */
bool id_ranges_here_single(void);
/* Is it the first, the machine's own? */
bool id_ranges_here_initial(void);

/* Those of the namespace that the process is in. -EUCLEAN for what is no map. */
int id_ranges_here(struct id_ranges *ret);
/* The same of the text of /proc/PID/uid_map: how many there are, or -EUCLEAN. Pure. */
int id_ranges_read_map(const char *text, struct bundle_ids ids[ID_RANGES_MAX]);
/* -EINVAL with a line for one that is in none of them, "user" or "group". Pure. */
int id_ranges_check(const struct bundle_ids *ids, size_t n, const char *what, uint32_t id, struct err *err);

/* Gives process `pid`, which has just made its user namespace, these ids, by newuidmap and newgidmap. */
int id_ranges_give(const struct id_ranges *r, pid_t pid, struct err *err);
/* In a user namespace just made: the user's own id alone, for which nobody is asked. */
int id_ranges_take_own(uid_t uid, gid_t gid, struct err *err);

/* "0:1000:1:1:100000:65536", as micafs's uidmapping= has it; fresh memory, or NULL. */
char *id_ranges_option(const struct bundle_ids *ids, size_t n);

#endif
