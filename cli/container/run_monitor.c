/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/daemon_spawn.h"
#include "container/run_channel.h"
#include "container/run_init.h"
#include "container/run_inside.h"
#include "container/run_pids.h"
#include "os/cleanup.h"
#include "os/start.h"

/* micafs flushes its state at its end; kill it if it takes longer. */
#define DAEMON_WAIT_MS 10000
#define KILLED_WAIT_MS 1000

/* Resources of the monitor, released at its end. */
struct monitor {
    const struct container_run *run;
    const struct run_place *place;
    struct run_pids pids;
    struct run_ends *ends;
    int channel;
    char dir[PATH_MAX], root[PATH_MAX];
    pid_t daemon; /* 0: none */
    struct mount_points *points;
    int console;
};

/* ---- namespaces */

static int get_ids(const struct monitor *k, uid_t uid, gid_t gid, struct err *err)
{
    struct run_message message = {0};

    if (k->place->space == SPACE_ONE)
        return id_ranges_take_own(uid, gid, err);
    if (run_channel_send(k->channel, RUN_IDS_WANTED, 0, -1) < 0 ||
        run_channel_receive(k->channel, &message, NULL) <= 0)
        return -EPERM; /* already reported */
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return err_errno(err, errno, "becoming root of the user namespace");
    return 0;
}

static int enter(const struct monitor *k, struct err *err)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int r;

    if (k->place->space != SPACE_HERE) {
        if (unshare(CLONE_NEWUSER) < 0)
            return err_errno(err, errno,
                             "cannot create a user namespace (sysctl user.max_user_namespaces, "
                             "kernel.unprivileged_userns_clone)");
        r = get_ids(k, uid, gid, err);
        if (r < 0)
            return r;
    }
    if (unshare(CLONE_NEWNS) < 0)
        return err_errno(err, errno, "cannot create a mount namespace");
    /* Propagate the host's unmounts into the namespace, and no mount out of it. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return errno == EINVAL
                   ? err_set(err, EINVAL,
                             "the root directory of this process is no mount point, as after chroot(8): "
                             "mount --bind DIR DIR before chroot DIR makes it one")
                   : err_errno(err, errno, "mount namespace");
    return 0;
}

/* crun does not start on hosts with cgroups of both versions, even with cgroups disabled. */
static void hide_mixed_cgroups(void)
{
    struct stat st;

    if (stat("/sys/fs/cgroup/unified", &st) == 0)
        (void)mount("tmpfs", "/sys/fs/cgroup/unified", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                    "mode=0755");
}

/*
 * A container that root starts has a user namespace with identity mappings as well: its root has no power
 * outside the container, and the kernel does not let a runtime make the device nodes of an image usable. A
 * runtime then bind-mounts this machine's devices with their owner and mode, so the namespace gets device
 * nodes of its own for the runtime to find.
 */
static const struct id_ranges all_ids = {
    .uids = {{0, 0, UINT32_MAX}}, .gids = {{0, 0, UINT32_MAX}}, .n_uids = 1, .n_gids = 1};

static int replace_device(const struct monitor *k, const char *name, unsigned minor, struct err *err)
{
    unsigned major = strcmp(name, "tty") == 0 ? 5 : 1;
    char own[PATH_MAX + 16], path[32];

    snprintf(own, sizeof own, "%s/dev-%s", k->dir, name);
    snprintf(path, sizeof path, "/dev/%s", name);
    if (mknod(own, S_IFCHR | 0666, makedev(major, minor)) < 0 || chmod(own, 0666) < 0 ||
        mount(own, path, NULL, MS_BIND, NULL) < 0)
        return err_errno(err, errno, "%s of the container", path);
    return 0;
}

static int replace_devices(const struct monitor *k, struct err *err)
{
    static const struct {
        const char *name;
        unsigned minor;
    } devices[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}, {"tty", 0}};
    int r = 0;

    for (size_t i = 0; i < sizeof devices / sizeof *devices && r == 0; i++)
        r = replace_device(k, devices[i].name, devices[i].minor, err);
    return r;
}

/* ---- the bundle */

static int make_dirs(struct monitor *k, struct err *err)
{
    const char *store = store_path(k->run->store);
    char run[PATH_MAX];

    if (snprintf(run, sizeof run, "%s/run", store) >= (int)sizeof run ||
        snprintf(k->dir, sizeof k->dir, "%s/%s", run, k->run->options->branch) >= (int)sizeof k->dir ||
        snprintf(k->root, sizeof k->root, "%s/rootfs", k->dir) >= (int)sizeof k->root)
        return err_errno(err, ENAMETOOLONG, "%s", store);
    if (mkdir(run, 0700) < 0 && errno != EEXIST)
        return err_errno(err, errno, "%s", run);
    if (mount("tmpfs", run, "tmpfs", MS_NOSUID, "mode=0711,size=64m") < 0)
        return err_errno(err, errno, "%s", run);
    if (mkdir(k->dir, 0711) < 0 || mkdir(k->root, 0711) < 0)
        return err_errno(err, errno, "%s", k->dir);
    return 0;
}

/* Build micafs's options. */
static void daemon_words(const struct monitor *k, char *buf, size_t size)
{
    const struct container_options *o = k->run->options;
    bool temporary = strcmp(k->run->branch_make, "temporary") == 0;
    /* Owners stored in an attribute are readable in the user's namespaces only. An existing branch keeps its
     * mode. */
    bool keeps = k->place->space != SPACE_HERE && !container_branch_exists(k->run->store, o->branch);

    snprintf(buf, size, "suid%s%s%s", keeps ? ",xattr_permissions=2" : "",
             k->place->single ? ",squash_to_root" : "", temporary ? ",fsync=0" : "");
}

static int start_daemon(struct monitor *k, struct err *err)
{
    char words[128];
    pid_t pid = 0;
    /* This process has forgotten the variable. */
    cleanup_free char *also = store_also_joined(k->run->store);

    if (!also)
        return err_set(err, ENOMEM, "out of memory");
    daemon_words(k, words, sizeof words);
    const struct daemon_request request = {
        .store = store_path(k->run->store),
        .also = also,
        .image = k->run->image_word,
        .branch = k->run->options->branch,
        .branch_make = k->run->branch_make,
        .options = words,
        .mountpoint = k->root,
        .tied = true,
        .pid = &pid,
    };
    int r = daemon_start(&request, err);
    if (r == 0)
        k->daemon = pid;
    return r;
}

/* Listen for the terminal from the runtime. The socket's path fits sun_path only relative to the
 * directory. */
static int listen_for_terminal(struct monitor *k, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "console"};

    if (!k->run->options->wish.tty)
        return 0;
    k->console = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (k->console < 0 || bind(k->console, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(k->console, 1) < 0)
        return err_errno(err, errno, "terminal");
    return 0;
}

/* Join the cgroup while the host's hierarchy is visible and the caller's rights on it apply. */
static int limit_processes(struct monitor *k, struct err *err)
{
    const struct bundle_wish *w = &k->run->options->wish;
    int64_t limit = bundle_pids_limit(w);

    if (limit == 0 || run_pids_make(&k->pids, limit, k->run->options->branch) ||
        run_pids_choose_numbers(&k->pids, limit))
        return 0;
    if (w->pids_limit > 0 && !k->place->in_space)
        return err_set(
            err, EOPNOTSUPP,
            "--pids-limit: no cgroup with the controller \"pids\" can be created in "
            "/sys/fs/cgroup, and without one a kernel before 6.14 does not limit root's processes");
    return 0;
}

static int prepare(struct monitor *k, struct err *err)
{
    const struct container_run *run = k->run;
    int r = limit_processes(k, err);
    const struct container_dir dir = {
        .path = k->dir,
        .root = k->root,
        .image = run->image,
        .wish = &run->options->wish,
        .name = run->options->branch,
        .shell = run->shell,
        .ids = k->place->in_space ? NULL : &all_ids,
        .in_space = k->place->in_space,
        .single_id = k->place->single,
        .pids = k->pids.max >= 0 ? PIDS_IN_GROUP : PIDS_BY_USER,
    };

    if (r == 0)
        r = enter(k, err);
    if (r == 0)
        r = make_dirs(k, err);
    if (r == 0 && chdir(k->dir) < 0)
        r = err_errno(err, errno, "%s", k->dir);
    if (r < 0)
        return r;
    hide_mixed_cgroups();
    if (!k->place->in_space && replace_devices(k, err) < 0)
        return -EPERM;
    r = start_daemon(k, err);
    if (r == 0)
        r = container_write(&dir, &k->points, err);
    return r == 0 ? listen_for_terminal(k, err) : r;
}

/* ---- life */

static int start_init(struct monitor *k)
{
    int status;

    if (unshare(CLONE_NEWPID) < 0)
        return cli_failf("cannot create a pid namespace: %s", strerror(errno)), STATUS_RUN_FAILED;
    pid_t init = fork();
    if (init < 0)
        return cli_failf("fork: %s", strerror(errno)), STATUS_RUN_FAILED;
    if (init == 0 && !run_pids_join(&k->pids)) {
        cli_failf("control group: %s", strerror(errno));
        _exit(STATUS_RUN_FAILED);
    }
    if (init == 0)
        _exit(run_init(k->run, k->dir, k->console, k->channel, k->ends, &k->pids));
    run_ends_close(k->ends);
    close(k->channel); /* only the init watches for mica's end */
    while (waitpid(init, &status, 0) < 0)
        if (errno != EINTR)
            return STATUS_RUN_FAILED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Wait until the daemon ends; false after the time limit. */
static bool has_ended(int daemon, int milliseconds)
{
    struct pollfd fd = {daemon, POLLIN, 0};
    int n;

    do
        n = poll(&fd, 1, milliseconds);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/*
 * A process that has entered the container from outside can keep the mount busy. The container's end does not
 * wait for it: flush the writes and tell the daemon to end despite its users.
 */
static void end_daemon(const struct monitor *k)
{
    cleanup_fd int daemon = (int)syscall(SYS_pidfd_open, k->daemon, 0);

    if (strcmp(k->run->branch_make, "temporary") != 0) {
        cleanup_fd int root = open(k->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root >= 0 && syncfs(root) < 0)
            cli_failf("the container's last writes are not in its branch: %s", strerror(errno));
    }
    (void)!chdir("/");
    (void)umount2(k->root, MNT_DETACH);
    kill(k->daemon, SIGTERM);
    if (!has_ended(daemon, DAEMON_WAIT_MS)) {
        kill(k->daemon, SIGKILL);
        if (!has_ended(daemon, KILLED_WAIT_MS))
            return; /* micafs waits for the disk and ends afterwards */
    }
    waitpid(k->daemon, NULL, 0);
}

static void clean_up(struct monitor *k)
{
    mount_points_remove(k->points);
    if (k->console >= 0)
        close(k->console);
    if (k->daemon)
        end_daemon(k);
}

/* Keep none of the caller's descriptors or its terminal: this process may outlive mica for a moment. */
static int leave_caller(struct run_ends *ends)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid(); /* leave the terminal's signals to mica */
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(ends->notes, STDOUT_FILENO) < 0 ||
        dup2(ends->notes, STDERR_FILENO) < 0)
        return -errno;
    close(null);
    close(ends->notes);
    ends->notes = -1;
    return start_close_inherited();
}

int run_monitor(const struct container_run *run, const struct run_place *place, int channel,
                struct run_ends *ends)
{
    static const char *const kept[] = {"PATH", NULL};
    struct monitor k = {
        .run = run, .place = place, .pids = RUN_PIDS_NONE, .channel = channel, .console = -1, .ends = ends};
    struct err err = {""};
    int status = STATUS_RUN_FAILED, r = leave_caller(ends);

    if (r < 0)
        return cli_failf("the container's streams: %s", strerror(-r)), STATUS_RUN_FAILED;
    start_forget_environment(kept);
    umask(022);
    if (prepare(&k, &err) < 0) {
        if (*err.text)
            cli_fail(&err);
    } else {
        if (run->tell_branch)
            fprintf(stderr, "%s\n", run->options->branch);
        status = start_init(&k);
    }
    clean_up(&k);
    run_pids_remove(&k.pids);
    return status;
}
