/* SPDX-License-Identifier: Apache-2.0 */
#include "union/branch_temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "union/aside.h"
#include "union/branch.h"

bool branch_is_temporary(const char *name)
{
    return name[0] == '#' && name[1] && !name[1 + strspn(name + 1, "0123456789abcdef")];
}

const char *branch_temporary(struct branch *b, char buf[BRANCH_TEMPORARY_MAX])
{
    snprintf(buf, BRANCH_TEMPORARY_MAX, "#%llx",
             (unsigned long long)__atomic_add_fetch(&b->next_temporary, 1, __ATOMIC_RELAXED));
    return buf;
}

/* What is made in a directory of its own there (make.c) has this name in it. */
static int forget_in(const struct branch *b, const char *temporary)
{
    int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    int r = fd < 0 ? 0 : aside_forget_last(b, fd, "x");

    if (fd >= 0)
        close(fd);
    return r;
}

/* What an earlier daemon, or the kernel, left in the work directory was never part of the upper, or is so no
 * more. Anything else is somebody's. */
int branch_clear_work(const struct branch *b)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(b->config.work_fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        if (!branch_is_temporary(e->d_name))
            continue;
        r = aside_forget_last(b, b->config.work_fd, e->d_name);
        if (r == 0 && b->aside_fd >= 0)
            r = forget_in(b, e->d_name);
        if (r == 0)
            r = beneath_remove(b->config.work_fd, e->d_name);
    }
    return r;
}

/* What we put there is whiteouts, or one thing that is being made. Whoever owns the directory may have put
 * more into it, which is nobody's to remove but theirs: nothing goes that would take emptying. */
static void empty_directory(int fd)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));)
        if (unlinkat(fd, e->d_name, 0) < 0 && errno == EISDIR)
            (void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
}

/* Taking whiteouts out of a directory is no change that a program, which still has the directory open, should
 * see. */
static void discard_directory(struct branch *b, const char *temporary)
{
    struct stat st;
    cleanup_fd int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    bool known = fd >= 0 && fstat(fd, &st) == 0;

    if (fd >= 0 && faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) < 0) /* an ordinary user's */
        (void)entry_chmod(b->config.work_fd, temporary, 0700);
    if (fd >= 0)
        empty_directory(fd);
    (void)unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR);
    if (known)
        (void)utimensat(fd, "", (const struct timespec[]){st.st_atim, st.st_mtim}, AT_EMPTY_PATH);
}

void branch_discard(struct branch *b, const char *temporary)
{
    /* Else it stays until the next mount, which tries again. */
    if (aside_forget_last(b, b->config.work_fd, temporary) < 0)
        return;
    if (unlinkat(b->config.work_fd, temporary, 0) < 0 && (errno == EISDIR || errno == EPERM) &&
        unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR) < 0)
        discard_directory(b, temporary);
}
