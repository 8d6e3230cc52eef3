/* SPDX-License-Identifier: Apache-2.0 */
#include "act/unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

static int say_busy(const char *path, struct err *err)
{
    return err_set(
        err, EBUSY,
        "%s is in use (fuser -vm lists the processes); --lazy unmounts it when it is no longer in use", path);
}

static void exec_fusermount(const char *path, bool lazy, int stderr_fd)
{
    if (dup2(stderr_fd, STDERR_FILENO) < 0 || setenv("LC_ALL", "C", 1) < 0)
        _exit(127);
    if (lazy)
        execlp("fusermount3", "fusermount3", "-u", "-z", "--", path, (char *)NULL);
    else
        execlp("fusermount3", "fusermount3", "-u", "--", path, (char *)NULL);
    _exit(127);
}

/* Name the mount's owner if ownership is why unmounting failed. */
static int say_owner(const struct mount_entry *mount, struct err *err)
{
    const struct passwd *pw = getpwuid((uid_t)mount->owner);

    if (mount->owner == 0)
        return err_set(err, EPERM, "%s is a mount of root, who alone can end it", mount->mountpoint);
    if (pw)
        return err_set(err, EPERM, "%s is a mount of %s; only that user and root can end it",
                       mount->mountpoint, pw->pw_name);
    return err_set(err, EPERM, "%s is a mount of user %lld; only that user and root can end it",
                   mount->mountpoint, (long long)mount->owner);
}

static int by_fusermount(const struct mount_entry *mount, bool lazy, struct err *err)
{
    const char *path = mount->mountpoint;
    cleanup_fd int from = -1, to = -1;
    char text[512];
    int ends[2], status;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, errno, "pipe");
    from = ends[0];
    to = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, errno, "fork");
    if (pid == 0)
        exec_fusermount(path, lazy, to);
    close(steal_fd(&to));
    ssize_t len = fd_read(from, text, sizeof text - 1);
    text[len > 0 ? len : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (waitpid(pid, &status, 0) < 0)
        return err_errno(err, errno, "fusermount3");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return err_set(err, ENOENT, "%s: unmounting it without privileges takes fusermount3 (package fuse3)",
                       path);
    if (strstr(text, "busy"))
        return say_busy(path, err);
    return err_set(err, EIO, "%s: %s", path, *text ? text : "fusermount3 failed");
}

static int detach(const struct mount_entry *mount, bool lazy, struct err *err)
{
    const char *path = mount->mountpoint;

    if (umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0)
        return 0;
    if (errno == EPERM)
        return mount->owner >= 0 && mount->owner != (int64_t)getuid() ? say_owner(mount, err)
                                                                      : by_fusermount(mount, lazy, err);
    if (errno == EBUSY)
        return say_busy(path, err);
    return err_errno(err, errno, "%s", path);
}

/* Open a pidfd of the daemon; -1 if it has ended or is unknown: a lease's pid is of the daemon's pid
 * namespace, and another process may have that pid here. */
static int open_daemon(pid_t pid)
{
    char path[64], name[32] = "";

    if (pid <= 0)
        return -1;
    cleanup_fd int process = (int)syscall(SYS_pidfd_open, pid, 0);
    snprintf(path, sizeof path, "/proc/%" PRId64 "/comm", (int64_t)pid);
    cleanup_fd int comm = open(path, O_RDONLY | O_CLOEXEC);
    if (process < 0 || comm < 0 || fd_read(comm, name, sizeof name - 1) < 0)
        return -1;
    return strcmp(name, "micafs\n") == 0 ? steal_fd(&process) : -1;
}

static int still_mounted(const struct mount_entry *mount, bool *ret)
{
    struct mountinfo now = {0};
    int r = mountinfo_read(&now);

    *ret = false;
    for (size_t i = 0; i < now.n; i++)
        *ret |= now.entries[i].id == mount->id && strcmp(now.entries[i].mountpoint, mount->mountpoint) == 0;
    mountinfo_free(&now);
    return r;
}

static int64_t milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define LOOK_MS 1000

/* Waits for events; returns the time waited, at most LOOK_MS: time during which the whole machine was stopped does
 * not count, since the daemon could not run either. */
static int64_t wait_once(struct pollfd *fds, nfds_t n)
{
    int64_t began = milliseconds(), took;

    if (poll(fds, n, LOOK_MS) < 0 && errno != EINTR)
        return -errno;
    took = milliseconds() - began;
    return took < LOOK_MS ? took : LOOK_MS;
}

/* `daemon` -1: already ended. */
static int wait_gone(const struct mount_entry *mount, int watch, int daemon, struct err *err)
{
    int64_t left = UNMOUNT_WAIT_SECONDS * INT64_C(1000), took;
    bool mounted, serving = daemon >= 0;

    for (;;) {
        int r = still_mounted(mount, &mounted);
        if (r < 0)
            return err_errno(err, -r, "/proc/self/mountinfo");
        if (!mounted && !serving)
            return 0;
        if (left <= 0)
            break;
        struct pollfd fds[] = {{watch, POLLPRI, 0}, {serving ? daemon : -1, POLLIN, 0}};
        took = wait_once(fds, 2);
        if (took < 0)
            return err_errno(err, (int)-took, "poll");
        left -= took;
        serving = serving && !(fds[1].revents & (POLLIN | POLLHUP));
    }
    if (mounted)
        return err_set(err, ETIMEDOUT, "%s is still mounted after %d seconds", mount->mountpoint,
                       UNMOUNT_WAIT_SECONDS);
    return err_set(
        err, ETIMEDOUT,
        "%s is unmounted, but its daemon has not ended after %d seconds: the mount may still be in use in "
        "another mount namespace",
        mount->mountpoint, UNMOUNT_WAIT_SECONDS);
}

int unmount(const struct mount_entry *mount, pid_t daemon, bool lazy, struct err *err)
{
    /* Open both before unmounting, while the daemon lives, so that no event is missed and the pid is not
     * reused. */
    cleanup_fd int watch = mountinfo_watch(), process = lazy ? -1 : open_daemon(daemon);

    if (watch < 0)
        return err_errno(err, -watch, "/proc/self/mountinfo");
    int r = detach(mount, lazy, err);
    bool mounted = true;
    if (r < 0 && still_mounted(mount, &mounted) == 0 && !mounted)
        r = 0; /* another process unmounted it first */
    if (r == 0 && err)
        *err->text = '\0';
    return r < 0 || lazy ? r : wait_gone(mount, watch, process, err);
}
