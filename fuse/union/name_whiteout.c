/* SPDX-License-Identifier: Apache-2.0 */
/* Whiteouts as names beside the hidden name (name_marks.h). */
#include "union/name_whiteout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/whiteout.h"
#include "union/branch_temporary.h"
#include "union/foreign_form.h"
#include "union/name_marks.h"

#define BESIDE_MAX (WHITEOUT_PREFIX_LEN + NAME_MAX + 1)

static const char *beside(const char *name, char buf[BESIDE_MAX])
{
    snprintf(buf, BESIDE_MAX, WHITEOUT_PREFIX "%s", name);
    return buf;
}

/* Do not replace a file of the whiteout's name that is not one. */
static int check_room(int dirfd, const char *name)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    return foreign_is_empty_mark(&st) ? 0 : -EEXIST;
}

/* Made in the work directory, whose default access list cannot change the mode. */
int name_whiteout_make(struct branch *b, int dirfd, const char *name)
{
    char temporary[BRANCH_TEMPORARY_MAX], text[BESIDE_MAX];
    int work = b->config.work_fd, r = check_room(dirfd, beside(name, text));

    if (r < 0)
        return r;
    if (mknodat(work, branch_temporary(b, temporary), S_IFREG | 0700, 0) < 0)
        return -errno;
    if (renameat(work, temporary, dirfd, text) < 0) {
        r = -errno;
        unlinkat(work, temporary, 0);
    }
    return r;
}

void name_whiteout_remove(int dirfd, const char *name)
{
    char text[BESIDE_MAX];
    struct stat st;

    if (fstatat(dirfd, beside(name, text), &st, AT_SYMLINK_NOFOLLOW) == 0 && foreign_is_empty_mark(&st))
        (void)unlinkat(dirfd, text, 0); /* on failure it stays beside the name, without effect */
}

int name_whiteout_is_beside(const struct branch *b, int dirfd, const char *name)
{
    if (!b->config.marks_are_names || faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return errno == ENOENT ? 1 : -errno;
}

int name_whiteout_cover(struct branch *b, int dirfd, const char *name)
{
    int r = name_whiteout_make(b, dirfd, name);

    if (r == 0 && unlinkat(dirfd, name, 0) < 0) {
        r = -errno;
        name_whiteout_remove(dirfd, name);
    }
    return r;
}

int name_whiteout_replace(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX])
{
    int r = name_whiteout_make(b, dirfd, name);

    if (r == 0 && renameat(dirfd, name, b->config.work_fd, branch_temporary(b, ret)) < 0) {
        r = -errno;
        ret[0] = 0;
        name_whiteout_remove(dirfd, name);
    }
    return r;
}

/* After an exchange the old name has the file that had the new one: remove it. */
static int clear_exchanged(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX])
{
    int r = 0;

    if (renameat(m->from_fd, m->from, b->config.work_fd, branch_temporary(b, ret)) < 0)
        r = -errno;
    if (r < 0) {
        ret[0] = 0;
        (void)renameat2(m->from_fd, m->from, m->to_fd, m->to, RENAME_EXCHANGE);
    }
    return r;
}

int name_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX])
{
    bool asks = m->dir && m->target == TARGET_WHITEOUT, over = m->dir && m->target == TARGET_TAKEN;
    int beside = asks ? name_whiteout_is_beside(b, m->to_fd, m->to) : 0;

    if (beside < 0)
        return beside;
    over |= asks && !beside;
    if (renameat2(m->from_fd, m->from, m->to_fd, m->to, over ? RENAME_EXCHANGE : 0) < 0)
        return -errno;
    return over ? clear_exchanged(b, m, ret) : 0;
}

int name_whiteout_move(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX])
{
    int r = name_whiteout_make(b, m->from_fd, m->from);

    if (r == 0 && (r = name_move(b, m, ret)) < 0)
        name_whiteout_remove(m->from_fd, m->from);
    return r;
}
