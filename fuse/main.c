/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micafs: the daemon behind a mount. This file puts its parts together: arguments name the source, source.c opens it,
 * a union presents it, a session serves it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "arguments.h"
#include "glue/readiness.h"
#include "glue/session.h"
#include "leave.h"
#include "os/cleanup.h"
#include "os/start.h"
#include "os/user_ns.h"
#include "process.h"
#include "remount.h"
#include "source.h"
#include "tree/index.h"
#include "union/creds.h"
#include "union/mount_rights.h"
#include "union/union.h"

#define EXIT_USAGE 2

/* Exit statuses that mount(8) expects from its helpers. */
#define EXIT_MOUNT8_USAGE   1
#define EXIT_MOUNT8_FAILURE 32

static const char help_text[] =
    "usage: micafs [IMAGE] MOUNTPOINT [-o OPTIONS] [-f] [-d]\n\n"
    "Mounts an image of the store, or directories on top of each other: read-only, or with a branch on top that\n"
    "receives all changes.\n\n"
    "  micafs debian:12 /mnt\n"
    "  micafs -o lowerdir=/layers/top:/layers/base /mnt\n"
    "  micafs -o lowerdir=/layers/base,upperdir=/changes,workdir=/work /mnt\n\n"
    "    -o lowerdir=A:B:C     directories to mount, topmost first (\\: for a colon in a path)\n"
    "    -o image=IMAGE        an image of the store, instead of the first argument\n"
    "    -o store=DIR          the store\n"
    "    -o upperdir=DIR       upper directory, which receives the changes\n"
    "    -o workdir=DIR        an empty directory on the same file system, needed with upperdir=\n"
    "    -o branch=NAME        a branch of the store, instead of these two (mica mount --rw creates one)\n"
    "    -o views              root/, and views of each layer: layers/, upto/, hidden/\n"
    "    -o layer=N, upto=N    one of these views: layer N alone, the image up to layer N\n"
    "    -o ro                 read-only, also with a branch\n"
    "    -o timeout=SECONDS    time for which the kernel may cache names and attributes\n"
    "    -o threaded=1         serve several requests at once\n"
    "    -o allow_other, suid, dev, noexec, ...   as in mount.fuse3(8)\n"
    "    -f, --foreground      stay in the foreground\n"
    "    -d, --debug           print every request; implies -f\n"
    "        --changes=FORM    print the changes of -o branch=NAME, as a list or a layer (for mica)\n"
    "        --ready-fd N      report to descriptor N when the mount is usable, do not fork\n"
    "    -V, --version         print the version\n\n"
    "As mount.micafs it is mount(8)'s helper: mount -t micafs IMAGE MOUNTPOINT [-o OPTIONS]\n"
    "To unmount: umount MOUNTPOINT, or fusermount3 -u MOUNTPOINT. More: man micafs\n";

/* The daemon's state. */
struct daemon {
    const struct arguments *args;
    const char *mountpoint;
    struct readiness readiness;
    struct source source;
    struct un *un;
    struct session *session;
    struct leave leave;
};

static int complain(const struct err *err, int status)
{
    fprintf(stderr, "micafs: %s\n", err->text);
    return status;
}

static void note_unknown(const struct text_list *unknown)
{
    struct err line;

    for (size_t i = 0; i < unknown->n; i++) {
        err_set(&line, EINVAL, "unknown option ignored: %s", unknown->items[i]);
        complain(&line, 0);
    }
}

/* Resolves the mount point to an absolute path that stays valid whatever the daemon's working directory; /dev/fd/N is
 * for libfuse. */
static int resolve_mountpoint(const char *given, int *ret_fd, char ret[PATH_MAX], struct err *err)
{
    struct stat st;
    int len = 0;

    *ret_fd = -1;
    if (sscanf(given, "/dev/fd/%d%n", ret_fd, &len) == 1 && given[len] == '\0' && len < PATH_MAX) {
        memcpy(ret, given, (size_t)len + 1);
        return 0;
    }
    if (!realpath(given, ret) || stat(ret, &st) < 0) {
        if (errno == ENOTCONN)
            return err_set(err, ENOTCONN, "%s: the daemon of an earlier mount has died: umount %s", given,
                           given);
        return err_errno(err, errno, "mount point %s", given);
    }
    return S_ISDIR(st.st_mode) ? 0 : err_errno(err, ENOTDIR, "mount point %s", given);
}

static const char *source_name(const struct daemon *d)
{
    const struct arguments *a = d->args;

    if (a->options.fsname)
        return a->options.fsname;
    if (a->source)
        return a->source;
    if (a->options.image)
        return a->options.image;
    return d->source.image ? d->source.image : "micafs";
}

static unsigned thread_count(const struct mount_options *o)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = cpus > 1 ? (unsigned)cpus : 1;

    if (!o->threaded)
        return 1;
    if (o->max_idle_threads > 0 && n > o->max_idle_threads)
        n = o->max_idle_threads;
    return n < MOUNT_OPTIONS_MAX_THREADS ? n : MOUNT_OPTIONS_MAX_THREADS;
}

static struct wake_policy wake_policy_of(enum wakeup wakeup)
{
    if (wakeup == WAKEUP_AUTO)
        return wake_policy_new();
    return wake_policy_fixed(wakeup == WAKEUP_LOOK ? WAKE_LOOK : WAKE_FOLLOW);
}

/*
 * A mount by root is open to all users, within the permissions that the image sets. A mount by an ordinary user is
 * open to that user alone, who may read everything in it, whatever the owners: its contents come from files of that
 * user. Other users, if admitted, have their permissions checked.
 */
static int mount_session(struct daemon *d, struct err *err)
{
    enum { LIVE = 1, FOR_EVER = 1000000000 }; /* seconds of the kernel's caches */
    const struct mount_options *o = &d->args->options;
    bool root = geteuid() == 0, initial = user_ns_is_initial() > 0;
    bool coherent = un_is_coherent(d->un);
    const struct mount_caller who = {
        .root = root, .mount8 = d->args->by_mount8, .mount_fuse = d->args->by_mount_fuse};
    const struct mount_rights rights = mount_options_rights(o, &who);
    struct session_config config = {
        .un = d->un,
        .mountpoint = d->mountpoint,
        .fsname = source_name(d),
        .subtype = o->subtype ? o->subtype : "micafs",
        .allow_other = rights.allow_other,
        .default_permissions = rights.default_permissions,
        .writable = un_is_writable(d->un) && !o->read_only,
        .may_refuse = d->source.may_refuse,
        .suid = rights.suid,
        .dev = rights.dev,
        .passthrough = o->passthrough,
        .show_trusted = root && initial,
        .initial = initial,
        .uids = mount_options_uids(o),
        .gids = mount_options_gids(o),
        .static_nlink = o->static_nlink,
        .debug = o->debug,
        .wake = wake_policy_of(o->wakeup),
        .timeout = o->has_timeout ? o->timeout
                   : coherent     ? FOR_EVER
                                  : LIVE,
        .coherent = o->has_timeout ? mount_options_for_ever(o) : coherent,
        .max_read = o->max_read,
        .threads = thread_count(o),
        .passed = &o->passed,
    };

    config.acl = config.default_permissions && !o->noacl;
    if (o->passthrough && !(root && initial))
        return err_set(err, EPERM, "option passthrough=on: the kernel allows it to the machine's root alone");
    return session_mount(&config, &d->session, err);
}

static int set_up(struct daemon *d, struct err *err)
{
    /* Needed to find the store and fusermount3, and for the times in the system's log. */
    static const char *const kept[] = {"PATH",       "HOME",      "XDG_DATA_HOME", "XDG_CONFIG_HOME",
                                       "MICA_STORE", "MICA_ALSO", "MICA_CONF",     "TZ",
                                       NULL};
    int r = index_guard_install();

    if (r < 0)
        return err_errno(err, -r, "signal handler");
    start_forget_environment(kept);
    process_raise_limits();
    process_reserve_files(3 * process_cache_files());
    process_limit_memory();
    umask(0); /* the caller's own umask is applied to files that it creates */
    r = source_open(&d->args->options, d->mountpoint, process_cache_files(), &d->source, err);
    if (r < 0)
        return r;
    if (d->source.note.text[0])
        complain(&d->source.note, 0);
    r = un_new(d->source.tree, d->source.branch, &d->un, err);
    if (r < 0) {
        branch_free(d->source.branch);
        tree_free(d->source.tree);
        return r;
    }
    if (un_is_writable(d->un))
        creds_init();
    return mount_session(d, err);
}

static void tear_down(struct daemon *d)
{
    session_end(d->session);
    un_free(d->un);
    source_close(&d->source);
}

static int on_ready(void *data)
{
    struct daemon *d = data;
    const struct mount_options *o = &d->args->options;
    int r = process_drop_privileges(un_is_writable(d->un), o->wakeup != WAKEUP_LOOK && thread_count(o) == 1);

    if (r < 0)
        return r;
    source_settle(&d->source, &d->args->options);
    return readiness_tell(&d->readiness);
}

static void on_report(void *data, const char *line)
{
    const struct daemon *d = data;
    struct err said;

    err_set(&said, EIO, "%s: %s", d->mountpoint, line);
    if (d->readiness.detach)
        syslog(LOG_INFO, "%s", said.text);
    else
        complain(&said, 0);
}

static int on_rest(void *data, bool again)
{
    struct daemon *d = data;

    if (again) {
        leave_if_alone(&d->leave, d->mountpoint);
        return leave_wait(&d->leave);
    }

    un_rest(d->un);
    process_trim_memory();
    return leave_wait(&d->leave);
}

static int run_daemon(struct daemon *d, struct err *err)
{
    struct session_events events = {.on_ready = on_ready, .report = on_report, .rest = on_rest, .data = d};
    bool waited_for = d->readiness.fd >= 0;
    int r = set_up(d, err);

    if (r == 0) {
        r = session_run(d->session, &events);
        if (r == -EPROTONOSUPPORT)
            err_set(err, -r,
                    "option passthrough=on: this kernel has no FUSE passthrough; Linux 6.9 and later can "
                    "have it");
        else if (r < 0)
            err_errno(err, -r, "the mount on %s has ended", d->mountpoint);
        else if (waited_for && d->readiness.fd >= 0)
            r = err_set(err, EIO, "the mount on %s ended before it was usable", d->mountpoint);
    }
    tear_down(d);
    return r;
}

/* Starts until the daemon runs by itself: 0 in the daemon, 1 in the parent of a daemon that is ready. */
static int start_daemon(struct daemon *d, char mountpoint[PATH_MAX], struct err *err)
{
    const struct arguments *a = d->args;
    int keep[2] = {a->ready_fd, -1};
    int r = a->namespace ? process_enter_mounts(a->namespace) : 0;

    if (r < 0)
        return err_errno(err, -r, "mount namespace %s", a->namespace);
    if (!process_is_in_proc())
        return err_set(
            err, ENOENT,
            "/proc does not show this process, which opens files by it: also enter the pid namespace "
            "of /proc (nsenter --pid), or mount this namespace's proc there");
    if (a->ready_fd >= 0)
        r = readiness_adopt(a->ready_fd, !a->foreground, &d->readiness, err);
    if (r == 0)
        r = mount_options_check(&a->options, err);
    if (r == 0)
        r = resolve_mountpoint(a->mountpoint, &keep[1], mountpoint, err);
    if (r == 0 && (r = process_close_inherited(keep, 2)) < 0)
        err_errno(err, -r, "inherited descriptors");
    if (r == 0 && a->ready_fd < 0 && !a->foreground)
        r = readiness_fork(&d->readiness, err);
    return r;
}

static int mount_it(const struct arguments *args)
{
    char mountpoint[PATH_MAX];
    struct daemon d = {.args = args, .mountpoint = mountpoint, .readiness = READINESS_NONE};
    struct err err = {""};
    int r = args->fake ? mount_options_check(&args->options, &err) : start_daemon(&d, mountpoint, &err);

    if (r == 0 && !args->fake)
        r = run_daemon(&d, &err);
    if (r < 0 && !readiness_fail(&d.readiness, &err))
        complain(&err, 0);
    if (r < 0)
        return args->by_mount8 ? EXIT_MOUNT8_FAILURE : EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/* Changes an existing mount (-o remount). */
static int change_mount(const struct arguments *a)
{
    struct err err = {""};
    int r = a->namespace ? process_enter_mounts(a->namespace) : 0;

    if (r < 0)
        err_errno(&err, -r, "mount namespace %s", a->namespace);
    else if (!a->fake)
        r = remount(&a->options, a->mountpoint, &err);
    if (r < 0)
        return complain(&err, a->by_mount8 ? EXIT_MOUNT8_FAILURE : EXIT_FAILURE);
    return EXIT_SUCCESS;
}

static int tell_changes(const struct arguments *a)
{
    struct err err = {""};
    unsigned left_out;
    int r = changes_tell(&a->options, a->form, STDOUT_FILENO, &left_out, &err);

    if (r < 0)
        return complain(&err, EXIT_FAILURE);
    if (left_out > 0)
        fprintf(stderr, "micafs: %u socket%s left out: a layer has none\n", left_out,
                left_out == 1 ? "" : "s");
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct arguments args;
    struct err err = {""};
    int status = EXIT_SUCCESS, r = start_process();

    if (r < 0)
        return complain(&(struct err){"standard input and output cannot be opened"}, EXIT_FAILURE);
    if (arguments_parse(argc, argv, &args, &err) < 0) {
        status = complain(&err, args.by_mount8 ? EXIT_MOUNT8_USAGE : EXIT_USAGE);
    } else if (args.action == ACTION_HELP) {
        fputs(help_text, stdout);
    } else if (args.action == ACTION_VERSION) {
        printf("micafs %s\nFUSE library version %s\n", MICA_VERSION, session_library_version());
    } else if (args.action == ACTION_CHANGES) {
        status = tell_changes(&args);
    } else if (args.options.remount) {
        status = change_mount(&args);
    } else {
        if (!args.sloppy)
            note_unknown(&args.options.unknown);
        status = mount_it(&args);
    }
    arguments_clear(&args);
    return status;
}
