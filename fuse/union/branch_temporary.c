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

/* A file built in a directory of its own (make.c) has this name there. */
static int forget_in(const struct branch *b, const char *temporary)
{
    int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    int r = fd < 0 ? 0 : aside_forget_last(b, fd, "x");

    if (fd >= 0)
        close(fd);
    return r;
}

/* Leftovers of an earlier daemon, or of the kernel, are not part of the upper. Other names belong to somebody
 * else and stay. */
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

/* mica puts whiteouts there, or one file under construction. The owner of the directory may have added files:
 * these are not mica's to remove, so nothing goes that would have to be emptied. */
static void empty_directory(int fd)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));)
        if (unlinkat(fd, e->d_name, 0) < 0 && errno == EISDIR)
            (void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
}

/* A program that has the directory open must not see its times change when whiteouts are removed. */
static void discard_directory(struct branch *b, const char *temporary)
{
    struct stat st;
    cleanup_fd int fd = entry_open(b->config.work_fd, temporary, O_PATH | O_DIRECTORY);
    bool known = fd >= 0 && fstat(fd, &st) == 0;

    /* closed even to its owner, an ordinary user */
    if (fd >= 0 && faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) < 0)
        (void)entry_chmod(b->config.work_fd, temporary, 0700);
    if (fd >= 0)
        empty_directory(fd);
    (void)unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR);
    if (known)
        (void)utimensat(fd, "", (const struct timespec[]){st.st_atim, st.st_mtim}, AT_EMPTY_PATH);
}

void branch_discard(struct branch *b, const char *temporary)
{
    /* On failure the name stays; the next mount tries again. */
    if (aside_forget_last(b, b->config.work_fd, temporary) < 0)
        return;
    if (unlinkat(b->config.work_fd, temporary, 0) < 0 && (errno == EISDIR || errno == EPERM) &&
        unlinkat(b->config.work_fd, temporary, AT_REMOVEDIR) < 0)
        discard_directory(b, temporary);
}
