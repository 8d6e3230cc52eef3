/* SPDX-License-Identifier: Apache-2.0 */
#include "act/branch_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/daemon_spawn.h"
#include "act/id_ranges.h"
#include "command/verb.h"
#include "disk/store.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

/* Run micafs in the child; on failure, write the reason to its standard error. */
static void child(const char *options, const char *form, int out, int said)
{
    struct err err = {""};
    /* exec does not change the words, but its prototype predates const */
    union {
        const char *words[6];
        char *argv[6];
    } u = {.words = {"micafs", "--changes", form, "-o", options, NULL}};

    signal(SIGPIPE, SIG_DFL); /* a closed reader needs no message */
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
        err_errno(&err, errno, "pipe");
    else
        exec_micafs(u.argv, &err);
    (void)!fd_write(said, err.text, strlen(err.text));
    _exit(1);
}

/* Find the id map of this user's containers on this host; NULL for root's, which are mapped to themselves. */
static int containers_ids(char **ret)
{
    struct id_ranges ranges;
    int n;

    *ret = NULL;
    if (geteuid() == 0)
        return 0;
    id_ranges_find(&ranges);
    cleanup_free char *uids = id_ranges_option(ranges.uids, ranges.n_uids);
    cleanup_free char *gids = id_ranges_option(ranges.gids, ranges.n_gids);
    n = uids && gids ? asprintf(ret, "uidmapping=%s,gidmapping=%s", uids, gids) : -1;
    if (n < 0)
        *ret = NULL;
    return n < 0 ? -ENOMEM : 0;
}

int branch_stream_start(struct store *s, const char *branch, const char *form, struct branch_stream *ret,
                        struct err *err)
{
    cleanup_free char *ids = NULL;
    int r = containers_ids(&ids);
    const struct daemon_request req = {.store = store_path(s), .branch = branch, .options = ids};
    cleanup_buf struct buf options = BUF_INIT;
    cleanup_fd int out = -1, from = -1, said = -1, said_from = -1;
    int ends[2];

    if (r < 0 || daemon_options(&req, &options) < 0 || !buf_str(&options))
        return err_set(err, ENOMEM, "out of memory");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, errno, "pipe");
    from = ends[0];
    out = ends[1];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_errno(err, errno, "pipe");
    said_from = ends[0];
    said = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return err_errno(err, errno, "fork");
    if (pid == 0)
        child(options.data, form, out, said);
    *ret = (struct branch_stream){.fd = steal_fd(&from), .said_fd = steal_fd(&said_from), .pid = pid};
    return 0;
}

/* Strip the leading "micafs: " and the trailing newlines. */
static char *inner_text(char *said, size_t len)
{
    while (len > 0 && said[len - 1] == '\n')
        said[--len] = '\0';
    return strncmp(said, "micafs: ", 8) == 0 ? said + 8 : said;
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Did the process end because the stream's reader is gone? */
static bool was_given_up(int status)
{
    return !WIFSIGNALED(status) || WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGPIPE;
}

int branch_stream_end(struct branch_stream *b, bool given_up, struct err *err)
{
    char said[sizeof err->text + 1];
    ssize_t len;
    int status;

    if (b->fd >= 0)
        close(b->fd);
    if (given_up)
        kill(b->pid, SIGTERM);
    len = fd_read(b->said_fd, said, sizeof said - 1);
    said[len > 0 ? len : 0] = '\0';
    close(b->said_fd);
    status = wait_for(b->pid);
    *b = (struct branch_stream){.fd = -1, .said_fd = -1};

    const char *text = inner_text(said, strlen(said));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (*text)
            cli_notef("%s", text);
        return 0;
    }
    if (*text)
        return err_set(err, EIO, "%s", text);
    if (given_up && was_given_up(status))
        return -ECANCELED;
    if (WIFSIGNALED(status))
        return err_set(err, EIO, "micafs was ended by signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    return err_set(err, EIO, "micafs ended with status %d", WEXITSTATUS(status));
}
