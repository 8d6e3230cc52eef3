/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts. Removing a large tree of a layer takes a whiteout for each name, and inodes are limited: so
 * whiteouts are hard links of one inode, as in kernel overlayfs, which has a name in the work directory while
 * the branch is mounted.
 */
#include "union/branch_whiteout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/whiteout.h"
#include "union/branch_marks.h"
#include "union/name_marks.h"
#include "union/name_whiteout.h"

static int make_file(const struct branch *b, int dirfd, const char *name)
{
    int r = mknodat(dirfd, name, S_IFREG | 0600, 0) < 0 ? -errno : 0;

    if (r == 0 && (r = branch_mark_set(b, (struct where){dirfd, name}, MARK_WHITEOUT, "y", 1)) < 0)
        unlinkat(dirfd, name, 0);
    return r;
}

int branch_whiteout_alone(const struct branch *b, int dirfd, const char *name)
{
    if (b->whiteouts_are_files)
        return make_file(b, dirfd, name);
    return mknodat(dirfd, name, S_IFCHR, 0) < 0 ? -errno : 0;
}

/* A directory with whiteouts in the attribute form is marked, for those who read it as a layer. An opaque
 * directory needs no whiteouts. */
static int mark_directory(const struct branch *b, int dirfd)
{
    const struct where dir = {dirfd, "."};
    int r;

    if (!b->whiteouts_are_files || dirfd == b->config.work_fd)
        return 0;
    r = branch_mark_has(b, dir, MARK_OPAQUE);
    return r == 0 ? branch_mark_set(b, dir, MARK_OPAQUE, "x", 1) : r < 0 ? r : 0;
}

int branch_is_whiteout(const struct branch *b, struct where w, const struct stat *st, bool marked)
{
    if (S_ISCHR(st->st_mode))
        return st->st_rdev == 0;
    if (!S_ISREG(st->st_mode) || st->st_size != 0 || !(marked || b->whiteouts_are_files))
        return 0;
    return branch_mark_has(b, w, MARK_WHITEOUT);
}

void branch_unshare_whiteout(struct branch *b)
{
    if (b->whiteout[0])
        unlinkat(b->config.work_fd, b->whiteout, 0);
    b->whiteout[0] = 0;
}

int branch_share_whiteout(struct branch *b)
{
    int r;

    branch_unshare_whiteout(b);
    if (b->whiteouts_are_names) /* such a whiteout tells by its own name what it hides */
        return 0;
    r = branch_whiteout_alone(b, b->config.work_fd, branch_temporary(b, b->whiteout));
    if (r < 0)
        b->whiteout[0] = 0;
    return r;
}

static int link_shared(const struct branch *b, int dirfd, const char *name)
{
    return linkat(b->config.work_fd, b->whiteout, dirfd, name, 0) < 0 ? -errno : 0;
}

int branch_whiteout(struct branch *b, int dirfd, const char *name)
{
    int r;

    if (b->whiteouts_are_names)
        return name_whiteout_make(b, dirfd, name);
    r = mark_directory(b, dirfd);
    if (r < 0)
        return r;
    r = b->whiteout[0] ? link_shared(b, dirfd, name) : -ENOENT;
    if (r == -EMLINK && branch_share_whiteout(b) == 0)
        r = link_shared(b, dirfd, name);
    return r < 0 ? branch_whiteout_alone(b, dirfd, name) : 0;
}

int branch_cover_by_whiteout(struct branch *b, int dirfd, const char *name)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = b->config.work_fd, r;

    if (b->whiteouts_are_names)
        return name_whiteout_cover(b, dirfd, name);
    r = mark_directory(b, dirfd);
    if (r == 0)
        r = branch_whiteout(b, work, branch_temporary(b, temporary));
    if (r == 0 && renameat(work, temporary, dirfd, name) < 0) {
        r = -errno;
        unlinkat(work, temporary, 0);
    }
    return r;
}

/* Replace RENAME_WHITEOUT: exchange the file with a whiteout made beside it. */
static int exchange_with_whiteout(struct branch *b, int dirfd, const char *name, const char *temporary)
{
    int r = mark_directory(b, dirfd);

    if (r == 0)
        r = branch_whiteout(b, b->config.work_fd, temporary);
    if (r == 0 && renameat2(b->config.work_fd, temporary, dirfd, name, RENAME_EXCHANGE) < 0) {
        r = -errno;
        unlinkat(b->config.work_fd, temporary, 0);
    }
    return r;
}

/* RENAME_WHITEOUT makes devices only. */
static bool uses_flag(const struct branch *b)
{
    return !b->lacks_rename_whiteout && !b->whiteouts_are_files;
}

bool branch_moves_by_steps(const struct branch *b)
{
    return !b->whiteouts_are_names && !uses_flag(b);
}

int branch_replace_by_whiteout(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX])
{
    if (b->whiteouts_are_names)
        return name_whiteout_replace(b, dirfd, name, ret);
    branch_temporary(b, ret);
    if (uses_flag(b))
        return renameat2(dirfd, name, b->config.work_fd, ret, RENAME_WHITEOUT) < 0 ? -errno : 0;
    return exchange_with_whiteout(b, dirfd, name, ret);
}

/* ---- moving */

int branch_take_whiteout(const struct branch *b, int from_fd, const char *from, bool dir, int to_fd,
                         const char *to)
{
    int beside = dir ? name_whiteout_is_beside(b, to_fd, to) : 0;
    bool exchange = dir && !beside;

    if (beside < 0)
        return beside;
    if (renameat2(from_fd, from, to_fd, to, exchange ? RENAME_EXCHANGE : 0) < 0)
        return -errno;
    if (exchange)
        unlinkat(from_fd, from, 0);
    if (b->config.marks_are_names)
        name_whiteout_remove(to_fd, to);
    return 0;
}

int branch_move_new(const struct branch *b, int from_fd, const char *from, int to_fd, const char *to)
{
    if (!b->lacks_noreplace)
        return renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
    if (faccessat(to_fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    if (errno != ENOENT)
        return -errno;
    return renameat(from_fd, from, to_fd, to) < 0 ? -errno : 0;
}

static int exchange(const struct branch_move *m)
{
    return renameat2(m->from_fd, m->from, m->to_fd, m->to, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

/* After an exchange the old name has the file that had the new one: replace it by a whiteout, or undo the
 * exchange. */
static int cover_exchanged(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX])
{
    struct stat st;
    int r = fstatat(m->from_fd, m->from, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

    if (r == 0)
        r = S_ISDIR(st.st_mode) ? branch_replace_by_whiteout(b, m->from_fd, m->from, ret)
                                : branch_cover_by_whiteout(b, m->from_fd, m->from);
    if (r < 0) {
        ret[0] = 0;
        (void)exchange(m);
    }
    return r;
}

/* Move a non-directory to a free name by link(2) and a whiteout: no moment shows neither file, nor the lower
 * one. -EMLINK. */
static int move_by_link(struct branch *b, const struct branch_move *m)
{
    int r = linkat(m->from_fd, m->from, m->to_fd, m->to, 0) < 0 ? -errno : 0;

    if (r == 0 && (r = branch_cover_by_whiteout(b, m->from_fd, m->from)) < 0)
        unlinkat(m->to_fd, m->to, 0);
    return r;
}

/* Exchange a directory with a whiteout made for it; a lower layer has an empty directory under the new name,
 * or nothing. */
static int move_to_free(struct branch *b, const struct branch_move *m)
{
    int r = branch_whiteout(b, m->to_fd, m->to);

    if (r == 0 && (r = exchange(m)) < 0)
        unlinkat(m->to_fd, m->to, 0);
    return r;
}

static int move_by_steps(struct branch *b, const struct branch_move *m, char ret[BRANCH_TEMPORARY_MAX])
{
    int r = mark_directory(b, m->from_fd);

    if (r < 0)
        return r;
    if (m->target == TARGET_FREE) {
        r = m->dir ? -EMLINK : move_by_link(b, m);
        return r == -EMLINK ? move_to_free(b, m) : r;
    }
    r = exchange(m);
    return r == 0 && m->target == TARGET_TAKEN ? cover_exchanged(b, m, ret) : r;
}

int branch_move_leaving_whiteout(struct branch *b, const struct branch_move *m,
                                 char ret[BRANCH_TEMPORARY_MAX])
{
    /* A directory can replace neither a whiteout nor a directory that holds marks, but it can be exchanged
     * with it. */
    bool changes_places =
        m->dir && (m->target == TARGET_WHITEOUT || (m->target == TARGET_TAKEN && b->config.marks_are_names));

    ret[0] = 0;
    if (b->whiteouts_are_names)
        return name_whiteout_move(b, m, ret);
    if (!uses_flag(b) || changes_places)
        return move_by_steps(b, m, ret);
    return renameat2(m->from_fd, m->from, m->to_fd, m->to, RENAME_WHITEOUT) < 0 ? -errno : 0;
}

/* ---- names */

int branch_takes_name(const struct branch *b, const char *name)
{
    return b->config.marks_are_names && strncmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) == 0 ? -EPERM : 0;
}

int branch_mark_name(const struct branch *b, struct where w, mode_t mode, const char *name)
{
    int r;

    if (!S_ISREG(mode) || strncmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) != 0)
        return 0;
    r = branch_mark_set(b, w, MARK_NAME, "y", 1);
    /* Unreadable to an unprivileged owner: a name alone does not make a whiteout. */
    return r == -EACCES || r == -EPERM ? 0 : r;
}
