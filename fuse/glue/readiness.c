/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

/* Parent: wait for the daemon's report. */
static int wait_for_daemon(int fd, pid_t daemon, struct err *err)
{
    char line[sizeof err->text];
    ssize_t n = fd_read(fd, line, sizeof line - 1);
    int status;

    if (n == 1 && line[0] == '\0')
        return 1;
    if (n > 0) {
        line[n] = '\0';
        return err_set(err, EIO, "%s", line);
    }
    if (waitpid(daemon, &status, 0) == daemon && WIFSIGNALED(status))
        return err_set(err, EIO, "the daemon was ended by signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    return err_set(err, EIO, "the daemon ended before the mount was usable");
}

int readiness_fork(struct readiness *ret, struct err *err)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, errno, "pipe");
    pid = fork();
    if (pid < 0) {
        int saved = errno;

        close(ends[0]);
        close(ends[1]);
        return err_errno(err, saved, "fork");
    }
    if (pid > 0) {
        cleanup_fd int fd = ends[0];

        close(ends[1]);
        return wait_for_daemon(fd, pid, err);
    }
    close(ends[0]);
    *ret = (struct readiness){.fd = ends[1], .detach = true};
    return 0;
}

int readiness_adopt(int fd, bool detach, struct readiness *ret, struct err *err)
{
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return err_errno(err, errno, "--ready-fd %d", fd);
    *ret = (struct readiness){.fd = fd, .detach = detach};
    return 0;
}

static int detach(void)
{
    cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0 || chdir("/") < 0)
        return -errno;
    setsid(); /* fails for a process group leader, which is detached enough */
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(null, fd) < 0)
            return -errno;
    }
    return 0;
}

int readiness_tell(struct readiness *r)
{
    cleanup_fd int fd = steal_fd(&r->fd);
    int e = r->detach ? detach() : 0;

    if (e < 0)
        return e;
    return fd >= 0 ? fd_write(fd, "", 1) : 0;
}

bool readiness_fail(struct readiness *r, const struct err *err)
{
    cleanup_fd int fd = steal_fd(&r->fd);

    return fd >= 0 && fd_write(fd, err->text, strlen(err->text)) == 0;
}
