/* SPDX-License-Identifier: Apache-2.0 */
#include "act/daemon_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/program_path.h"
#include "os/cleanup.h"
#include "os/fd.h"

/* micafs's exit status for an unknown option. */
#define MICAFS_USAGE 2

/* Append NAME=VALUE, escaped; nothing for NULL. */
static int append_value(struct buf *b, const char *name, const char *value)
{
    int r;

    if (!value)
        return 0;
    r = buf_printf(b, "%s%s=", b->len ? "," : "", name);

    for (; *value && r == 0; value++) {
        if (*value == ',' || *value == '\\')
            r = buf_append(b, "\\", 1);
        if (r == 0)
            r = buf_append(b, value, 1);
    }
    return r;
}

int daemon_options(const struct daemon_request *req, struct buf *ret)
{
    int r = append_value(ret, "store", req->store);

    if (r == 0)
        r = append_value(ret, "image", req->image);
    if (r == 0)
        r = append_value(ret, "branch", req->branch);
    if (r == 0)
        r = append_value(ret, "branch_make", req->branch_make);
    if (r == 0 && req->options && *req->options)
        r = buf_printf(ret, ",%s", req->options);
    return r;
}

/* Find this program's path. If /proc does not show this process, because it belongs to another pid namespace,
 * use the path that it was executed by. */
static void find_self(char ret[PATH_MAX])
{
    const char *started = (const char *)getauxval(AT_EXECFN);
    ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - 1);

    ret[len > 0 ? len : 0] = '\0';
    if (len <= 0 && started && strlen(started) < PATH_MAX)
        strcpy(ret, started);
}

/* The n-th place beside this program where micafs may be; false behind the last. */
static bool place_beside(size_t n, char ret[PATH_MAX])
{
    static const char *const beside[] = {"micafs", "../fuse/micafs"};

    if (n >= sizeof beside / sizeof *beside)
        return false;
    find_self(ret);
    char *slash = strrchr(ret, '/');
    size_t room = slash ? PATH_MAX - (size_t)(slash + 1 - ret) : 0;
    if (room <= strlen(beside[n]))
        return false;
    strcpy(slash + 1, beside[n]);
    return true;
}

int exec_micafs(char *const *argv, struct err *err)
{
    char path[PATH_MAX];

    for (size_t i = 0; place_beside(i, path); i++) {
        execv(path, argv);
        if (errno != ENOENT)
            return err_errno(err, errno, "%s", path);
    }
    cleanup_free char *found = program_find("micafs");
    if (!found)
        return err_set(err, ENOENT, "micafs is neither beside mica nor in PATH");
    execv(found, argv);
    return err_errno(err, errno, "%s", found);
}

char *daemon_find(void)
{
    char path[PATH_MAX];

    for (size_t i = 0; place_beside(i, path); i++)
        if (access(path, F_OK) == 0)
            return realpath(path, NULL);
    return program_find("micafs");
}

static int exec_request(const struct daemon_request *req, const char *options, int ready_fd, struct err *err)
{
    char number[16];
    /* exec does not change the words, but its prototype predates const */
    union {
        const char *words[10];
        char *argv[10];
    } u = {.words = {"micafs", "-o", options}};
    size_t n = 3;

    if (req->also && (setenv("MICA_ALSO", req->also, 1) < 0 || setenv("MICA_CONF", "/dev/null", 1) < 0))
        return err_set(err, ENOMEM, "out of memory");
    snprintf(number, sizeof number, "%d", ready_fd);
    if (ready_fd >= 0) {
        u.words[n++] = "--ready-fd";
        u.words[n++] = number;
    } else {
        u.words[n++] = "--foreground";
    }
    u.words[n++] = "--";
    u.words[n++] = req->mountpoint;
    u.words[n] = NULL;
    return exec_micafs(u.argv, err);
}

/* Run micafs in the child; on failure, report the reason over the pipe like the daemon. */
static void child(const struct daemon_request *req, const char *options, int pipe_fd, pid_t starter)
{
    struct err err = {""};

    /* The starter may have died before PR_SET_PDEATHSIG took effect. */
    if (req->tied && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != starter))
        _exit(1);
    int fd = fcntl(pipe_fd, F_DUPFD, STDERR_FILENO + 1); /* without O_CLOEXEC, above the standard streams */

    if (fd < 0)
        err_errno(&err, errno, "pipe");
    else
        exec_request(req, options, fd, &err);
    (void)!fd_write(pipe_fd, err.text, strlen(err.text));
    _exit(1);
}

static int told(const char *text, size_t len, pid_t pid, struct err *err)
{
    int status;

    if (len == 1 && text[0] == '\0')
        return 0;
    if (len > 0)
        return err_set(err, EIO, "%.*s", (int)len, text);
    if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
        return err_set(err, EIO, "micafs was ended by signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) /* already reported on standard error */
        return WEXITSTATUS(status) == MICAFS_USAGE ? -EINVAL : -EIO;
    return err_set(err, EIO, "micafs ended before the mount was usable");
}

int daemon_start(const struct daemon_request *req, struct err *err)
{
    cleanup_buf struct buf options = BUF_INIT;
    cleanup_fd int from = -1, to = -1;
    char text[sizeof err->text];
    int ends[2];

    if (daemon_options(req, &options) < 0 || !buf_str(&options))
        return err_set(err, ENOMEM, "out of memory");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, errno, "pipe");
    from = ends[0];
    to = ends[1];
    pid_t starter = getpid(), pid = fork();
    if (pid < 0)
        return err_errno(err, errno, "fork");
    if (pid == 0)
        child(req, options.data, to, starter);
    close(steal_fd(&to));
    if (req->pid)
        *req->pid = pid;
    ssize_t len = fd_read(from, text, sizeof text - 1);
    if (len < 0)
        return err_errno(err, (int)-len, "pipe from micafs");
    return told(text, (size_t)len, pid, err);
}

int daemon_exec(const struct daemon_request *req, struct err *err)
{
    cleanup_buf struct buf options = BUF_INIT;

    if (daemon_options(req, &options) < 0 || !buf_str(&options))
        return err_set(err, ENOMEM, "out of memory");
    return exec_request(req, options.data, -1, err);
}
