/* SPDX-License-Identifier: Apache-2.0 */
#include "container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/rooted.h"
#include "bundle/seccomp.h"
#include "bundle/seccomp_families.h"
#include "container/bundle_dir.h"
#include "container/signal_name.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define ACCOUNTS_MAX (4u << 20)
#define NAME_MAX_LEN 63

/* ---- files */

/* An existing file under the name is not the container's: it stays, and nothing is written through it. */
static int write_file(int dir, const struct container_dir *d, const char *name, const char *text, size_t len,
                      struct err *err)
{
    cleanup_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    int r = fd < 0 ? -errno : d->record ? bundle_dir_note(*d->record, fd, name) : 0;

    if (r < 0 && fd >= 0)
        (void)unlinkat(dir, name, 0); /* not recorded yet */
    if (r == 0)
        r = fd_write(fd, text, len);
    return r < 0 ? err_errno(err, -r, "%s/%s", d->path, name) : 0;
}

/* Append a file of this machine; a missing file adds nothing. */
static int append_host_file(struct buf *b, const char *path)
{
    cleanup_free char *text = NULL;
    size_t len = 0;

    if (fd_slurp_at(AT_FDCWD, path, ACCOUNTS_MAX, &text, &len) < 0)
        return 0;
    int r = buf_append(b, text, len);
    return r == 0 && len > 0 && text[len - 1] != '\n' ? buf_append(b, "\n", 1) : r;
}

static int write_hosts(int dir, const struct container_dir *d, const char *hostname, struct err *err)
{
    cleanup_buf struct buf text = BUF_INIT;
    int r = 0;

    for (char **line = d->wish->hosts; line && *line && r == 0; line++) /* first, because the first match
                                                                         * wins */
        r = buf_printf(&text, "%s\n", *line);
    if (r == 0 && d->wish->host_network)
        r = append_host_file(&text, "/etc/hosts");
    else if (r == 0)
        r = buf_printf(&text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    if (r == 0)
        r = buf_printf(&text, "127.0.0.1\t%s\n", hostname);
    return r < 0 ? err_errno(err, -r, "%s/hosts", d->path)
                 : write_file(dir, d, "hosts", text.data, text.len, err);
}

/* Without a network no name server answers; an empty resolv.conf makes lookups fail at once. */
static int write_files(int dir, const struct container_dir *d, const char *hostname, struct err *err)
{
    cleanup_buf struct buf name = BUF_INIT, resolver = BUF_INIT;
    int r = buf_printf(&name, "%s\n", hostname);

    if (r == 0 && d->wish->host_network)
        r = append_host_file(&resolver, "/etc/resolv.conf");
    if (r < 0)
        return err_errno(err, -r, "%s/hostname", d->path);
    r = write_file(dir, d, "hostname", name.data, name.len, err);
    if (r == 0)
        r = write_file(dir, d, "resolv.conf", resolver.data, resolver.len, err);
    return r == 0 ? write_hosts(dir, d, hostname, err) : r;
}

/* ---- config.json */

/* Read an account file of the container in fresh memory. NULL, as for a container without accounts, if it is
 * no regular file, too large or unreadable. */
static char *account_file(int rootfd, const char *path)
{
    char *text;
    return rooted_read(rootfd, path, ACCOUNTS_MAX, &text) == 0 ? text : NULL;
}

static int find_user(int rootfd, const struct container_dir *d, struct bundle_user *ret, struct err *err)
{
    cleanup_free char *passwd = account_file(rootfd, "/etc/passwd"),
                      *group = account_file(rootfd, "/etc/group");
    const char *user = d->wish->user ? d->wish->user : d->image->config.user;

    return bundle_user_find(user, &(struct bundle_accounts){passwd, group}, ret, err);
}

/* Check ids here because runtimes report only "Invalid argument". bundle_spec_make reports a lone id. */
static int check_ids(const struct container_dir *d, const struct bundle_user *user, struct err *err)
{
    struct id_ranges here;
    const struct id_ranges *ids = d->ids;

    if (d->single_id)
        return 0;
    if (!ids && id_ranges_here(&here) == 0)
        ids = &here;
    int r = ids ? id_ranges_check(ids->uids, ids->n_uids, "user", user->uid, err) : 0;
    for (size_t i = 0; ids && r == 0 && i < user->n_groups; i++)
        r = id_ranges_check(ids->gids, ids->n_gids, "group", user->groups[i], err);
    return r == 0 && ids ? id_ranges_check(ids->gids, ids->n_gids, "group", user->gid, err) : r;
}

/* A container without the host's network must not reach it through other socket families either. */
static int find_filter(const struct container_dir *d, json_t **ret, struct err *err)
{
    struct seccomp_machine here;
    const char *caps[BUNDLE_CAPS_MAX + 1];

    bundle_caps_names(bundle_spec_caps(d->wish), caps);
    seccomp_here(caps, &here);
    int r = seccomp_find(seccomp_paths, &here, ret, err);
    if (r == 0 && !d->wish->host_network && seccomp_without_unheld(*ret) < 0)
        r = err_errno(err, ENOMEM, "filter of system calls");
    return r;
}

/* A limit that must not be raised stays at the caller's value. */
static void set_pids(const struct container_dir *d, struct bundle_spec *spec)
{
    uint64_t limit = (uint64_t)bundle_pids_limit(d->wish);
    struct rlimit now;

    if (d->pids == PIDS_BY_RUNTIME)
        spec->pids = limit;
    else if (d->pids == PIDS_BY_USER && limit > 0 && getrlimit(RLIMIT_NPROC, &now) == 0)
        spec->nproc = limit < now.rlim_max ? limit : now.rlim_max;
}

static int find_stop_signal(const struct container_dir *d, int *ret, struct err *err)
{
    const char *name = d->image->config.stop_signal;

    *ret = name ? signal_number(name) : 0;
    return name && *ret == 0
               ? err_set(err, EINVAL, "the image says StopSignal \"%s\", which is no signal", name)
               : 0;
}

/* Replace characters of a branch name that are invalid in a host name with "-". */
static void host_name(const char *name, char ret[NAME_MAX_LEN + 1])
{
    snprintf(ret, NAME_MAX_LEN + 1, "%s", name);
    for (char *c = ret; *c; c++)
        if (*c == '_' || *c == '.')
            *c = '-';
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make_points(int rootfd, const struct bundle_spec *spec, struct mount_points **ret, struct err *err)
{
    char **paths = NULL;
    int r = bundle_spec_points(spec, is_directory, &paths);

    if (r == 0) {
        *ret = mount_points_make(rootfd, paths);
        r = *ret ? 0 : -ENOMEM;
    }
    bundle_points_free(paths);
    return r < 0 ? err_errno(err, -r, "mount points") : 0;
}

static int write_all(int dir, const struct container_dir *d, int rootfd, struct bundle_spec *spec,
                     struct mount_points **points, struct err *err)
{
    cleanup_free char *text = NULL;
    size_t len;
    int r = bundle_spec_make(spec, &text, &len, err);

    if (r == 0)
        r = write_file(dir, d, "config.json", text, len, err);
    return r == 0 && points ? make_points(rootfd, spec, points, err) : r;
}

int container_write(const struct container_dir *d, struct mount_points **points, struct err *err)
{
    struct bundle_user user = {0};
    struct bundle_places places = {0};
    char made_up[NAME_MAX_LEN + 1];

    host_name(d->name, made_up);
    cleanup_fd int dir = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_errno(err, errno, "%s", d->path);
    cleanup_fd int rootfd = open(d->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rootfd < 0)
        return err_errno(err, errno, "%s", d->root);
    struct bundle_spec spec = {
        .config = &d->image->config,
        .wish = d->wish,
        .places = &places,
        .user = &user,
        .hostname = d->wish->hostname ? d->wish->hostname : made_up,
        .root = "rootfs",
        .files = d->path,
        .shell = d->shell,
        .host_devices = d->host_devices,
        .in_space = d->in_space,
        .by_user = d->by_user,
        .single_id = d->single_id,
    };
    if (d->ids) {
        spec.uids = d->ids->uids;
        spec.n_uids = d->ids->n_uids;
        spec.gids = d->ids->gids;
        spec.n_gids = d->ids->n_gids;
    }
    set_pids(d, &spec);
    int r = find_stop_signal(d, &spec.stop_signal, err);
    if (r == 0)
        r = find_user(rootfd, d, &user, err);
    if (r == 0)
        r = check_ids(d, &user, err);
    if (r == 0)
        r = bundle_places_find(rootfd, d->image->config_json, d->image->config_len, d->wish, &places, err);
    if (r == 0)
        r = find_filter(d, &spec.seccomp, err);
    if (r == 0)
        r = write_files(dir, d, spec.hostname, err);
    if (r == 0)
        r = write_all(dir, d, rootfd, &spec, points, err);
    json_decref(spec.seccomp);
    bundle_places_free(&places);
    bundle_user_free(&user);
    return r;
}
