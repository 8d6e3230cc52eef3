/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating files. The file system creates a free name of the upper in one step. Where a whiteout has the
 * name, the file is made in the work directory and replaces it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/whiteout.h"
#include "union/aside.h"
#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/creds.h"
#include "union/handles.h"
#include "union/look.h"
#include "union/owner.h"
#include "union/owner_make.h"
#include "union/protect.h"
#include "union/upper.h"

/* Description of the new file. */
struct making {
    struct owner_new what;
    const char *target; /* symbolic links */
};

/* Create under a free name of an open directory. */
static int make_at(struct un *u, const struct making *m, int dirfd, const char *name)
{
    int r;

    if (!m->target)
        return owner_make(u->branch, dirfd, name, &m->what);
    if (u->branch->config.override)
        return owner_make_link(u->branch, m->target, dirfd, name, &m->what);
    r = creds_as(m->what.caller);
    if (r == 0 && symlinkat(m->target, dirfd, name) < 0)
        r = -errno;
    creds_own();
    return r;
}

/* Remove an unfinished file, and its sidecar marks. */
static void give_up(struct un *u, int dirfd, const char *name, const char *temporary)
{
    (void)aside_forget_last(u->branch, dirfd, name);
    branch_discard(u->branch, temporary);
}

/* Create under a name free in the upper. A file that takes several steps is made in the work directory. */
static int make_fresh(struct un *u, const struct making *m, int dirfd, const char *text)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = u->branch->config.work_fd, r;

    if (!u->branch->config.override)
        return make_at(u, m, dirfd, text);
    r = make_at(u, m, work, branch_temporary(u->branch, temporary));
    if (r == 0)
        r = branch_move_new(u->branch, work, temporary, dirfd, text);
    if (r < 0)
        give_up(u, work, temporary, temporary);
    return r;
}

/* A directory in the work directory passes on the group and the default access list of the file's future
 * parent. */
static int copy_inheritance(struct where from, struct where to)
{
    char acl[4096];
    ssize_t n = where_getxattr(from, "system.posix_acl_default", acl, sizeof acl);
    struct stat st;
    int r = n < 0 && n != -ENODATA && n != -EOPNOTSUPP ? (int)n : where_stat(from, &st);

    if (r == 0 && (st.st_mode & S_ISGID)) {
        r = where_chown(to, (uid_t)-1, st.st_gid);
        if (r == 0)
            r = where_chmod(to, 02700);
    }
    if (r == 0 && n > 0)
        r = where_setxattr(to, "system.posix_acl_default", acl, (size_t)n, 0);
    return r;
}

/* Create in the work directory, and move to the name, over a whiteout if there is one. *ret_st is known
 * before the file is visible. */
static int make_beside(struct un *u, const struct making *m, int dirfd, const char *text, struct stat *ret_st)
{
    const mode_t mode = m->what.mode;
    char nest[BRANCH_TEMPORARY_MAX];
    int work = u->branch->config.work_fd, nest_fd = -1, r;

    if (mkdirat(work, branch_temporary(u->branch, nest), 0700) < 0)
        return -errno;
    nest_fd = openat(work, nest, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    r = nest_fd < 0 ? -errno : 0;
    if (r == 0 && !u->branch->config.override)
        r = copy_inheritance(m->what.dir, (struct where){nest_fd, "."});
    if (r == 0)
        r = make_at(u, m, nest_fd, "x");
    if (r == 0 && S_ISDIR(mode))
        r = branch_mark_set(u->branch, (struct where){nest_fd, "x"}, MARK_OPAQUE, "y", 1);
    if (r == 0)
        r = branch_mark_name(u->branch, (struct where){nest_fd, "x"}, mode, text);
    if (r == 0)
        r = owner_stat(u->branch, (struct where){nest_fd, "x"}, ret_st);
    if (r == 0)
        r = branch_take_whiteout(u->branch, nest_fd, "x", S_ISDIR(mode), dirfd, text);
    if (r < 0 || unlinkat(work, nest, AT_REMOVEDIR) < 0)
        give_up(u, nest_fd, "x", nest);
    if (nest_fd >= 0)
        close(nest_fd);
    return r;
}

/* Is it the new file, and not one put in its place? */
static bool is_new(const struct un *u, const struct making *m, const struct stat *st)
{
    bool dir = S_ISDIR(st->st_mode);

    if ((st->st_mode & S_IFMT) != (m->what.mode & S_IFMT) || (!dir && st->st_nlink != 1) ||
        (S_ISREG(st->st_mode) && st->st_size != 0))
        return false;
    return !u->branch->keeps_numbers || u->branch->config.override || st->st_uid == m->what.caller->uid;
}

/* stat(2) the new file; it counts as not made if that fails. `is`: the file itself. */
static int stat_made(struct un *u, const struct making *m, struct where w, struct where is, bool fresh,
                     struct stat *ret)
{
    struct stat now;
    int r = owner_stat(u->branch, is, &now);

    if (r == 0 && !is_new(u, m, &now))
        return -ESTALE;
    if (r == 0) {
        *ret = now;
    } else if (fresh) {
        (void)aside_forget_last(u->branch, w.fd, w.name);
        unlinkat(w.fd, w.name, S_ISDIR(m->what.mode) ? AT_REMOVEDIR : 0);
    }
    return fresh ? r : 0;
}

/* Does the file need a mark before it gets its name? */
static bool is_marked(const struct making *m, const char *text)
{
    return S_ISREG(m->what.mode) && strncmp(text, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) == 0;
}

/* Cache the descriptor: a write usually follows. */
static void leave_open(struct un *u, const struct node *n, int fd)
{
    struct fd_cache_entry *e = fd >= 0 ? fd_cache_add(u->fds, content_key(n), fd) : NULL;

    if (e)
        fd_cache_put(u->fds, e);
}

static int make_in(struct un *u, struct making *m, struct node *dir, const char *text, struct node **ret,
                   struct stat *ret_st)
{
    struct upper_fd fd;
    struct name *name;
    struct node *n = NULL;
    struct where is;
    bool in_tree, fresh;
    int made = -1, r = look_free(u, dir, text, &name, &in_tree);

    if (r < 0)
        return r;
    fresh = !name;
    r = upper_open(u, dir, &fd);
    if (r < 0)
        return r;
    m->what.ret_fd = fresh && !is_marked(m, text) ? &made : NULL;
    m->what.dir = (struct where){fd.fd, "."};
    r = m->target ? 0 : core_mask(dir, &m->what);
    n = node_new(u->nodes, 0, m->what.mode & S_IFMT);
    if (r == 0 && (!n || node_set_name(n, dir, text) < 0 || (fresh && !(name = names_add(dir->names, text)))))
        r = -ENOMEM;
    if (r == 0)
        r = fresh && !is_marked(m, text) ? make_fresh(u, m, fd.fd, text)
                                         : make_beside(u, m, fd.fd, text, ret_st);
    is = made < 0 ? (struct where){fd.fd, text} : (struct where){made, NULL};
    if (r == 0)
        r = stat_made(u, m, (struct where){fd.fd, text}, is, fresh, ret_st);
    if (r < 0 && fresh && name)
        names_remove(dir->names, name);
    if (r == 0)
        handles_number_new(u, n, is);
    upper_close(u, &fd);
    if (r < 0) {
        if (made >= 0)
            close(made);
        core_done(u, n);
        return r;
    }
    n->ino = tree_outside_ino(u->tree, u->branch->dev, ret_st->st_ino);
    node_set_upper(u->nodes, n, ret_st->st_ino);
    protect_none(n);
    leave_open(u, n, made);
    core_name_shows(name, n, in_tree);
    if (n->type == S_IFDIR)
        n->names = names_new(); /* a new directory is empty: no need to load it */
    ret_st->st_ino = n->ino;
    *ret = n;
    return 0;
}

static int make(struct un *u, uint64_t dir, const char *text, struct making *m, uint64_t *ret_node,
                struct stat *ret_st)
{
    struct node *d, *n;
    int r = core_check_name(text);

    if (r < 0)
        return r == -EINVAL ? -EEXIST : r;
    if (!u->branch)
        return -EROFS;
    r = branch_takes_name(u->branch, text);
    if (r < 0)
        return r;
    pthread_mutex_lock(&u->lock);
    r = protect_names(u, dir, false);
    if (r == 0)
        r = copy_up_dir(u, dir, &d);
    if (r == 0) {
        r = make_in(u, m, d, text, &n, ret_st);
        if (r == 0) {
            core_ref(u, n, false);
            *ret_node = n->id;
            core_done(u, n);
        }
        core_done(u, d);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

int un_mknod(struct un *u, uint64_t dir, const char *name, mode_t mode, dev_t rdev, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st)
{
    struct making m = {.what = {.mode = mode & S_IFMT ? mode : mode | S_IFREG, .rdev = rdev, .caller = c}};

    /* A character device 0:0 is a whiteout. */
    if (S_ISCHR(mode) && rdev == 0)
        return -EPERM;
    return make(u, dir, name, &m, ret_node, ret_st);
}

int un_mkdir(struct un *u, uint64_t dir, const char *name, mode_t mode, const struct un_caller *c,
             uint64_t *ret_node, struct stat *ret_st)
{
    struct making m = {.what = {.mode = (mode & 07777) | S_IFDIR, .caller = c}};

    return make(u, dir, name, &m, ret_node, ret_st);
}

int un_symlink(struct un *u, uint64_t dir, const char *name, const char *target, const struct un_caller *c,
               uint64_t *ret_node, struct stat *ret_st)
{
    struct making m = {.what = {.mode = S_IFLNK | 0777, .caller = c}, .target = target};

    return make(u, dir, name, &m, ret_node, ret_st);
}
