/* SPDX-License-Identifier: Apache-2.0 */
/* The default location of the store. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk/config.h"
#include "disk/store.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define SYSTEM_STORE "/var/lib/mica"

/* The inode number of the initial user namespace, the same on every Linux (include/linux/proc_ns.h,
 * PROC_USER_INIT_INO). */
#define INITIAL_USER_NAMESPACE 4026531837u

#ifndef PIDFD_GET_USER_NAMESPACE /* Linux 6.11 */
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

/* For processes without /proc, or with one of another pid namespace. An older kernel lacks the call: then
 * uid 0 counts as root. */
static bool is_in_first_namespace(void)
{
    cleanup_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    cleanup_fd int space = self < 0 ? -1 : ioctl(self, PIDFD_GET_USER_NAMESPACE, 0);
    struct stat st;

    return space < 0 || fstat(space, &st) < 0 || st.st_ino == INITIAL_USER_NAMESPACE;
}

/* Is the user root of the machine rather than of a user namespace? In the initial one all 2^32 - 1 ids are
 * mapped to themselves. */
static bool is_machine_root(void)
{
    unsigned inside, outside, count;
    cleanup_free char *map = NULL;
    cleanup_fd int fd = -1;
    size_t len;

    if (geteuid() != 0)
        return false;
    fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_slurp(fd, 4096, &map, &len) < 0)
        return is_in_first_namespace();
    return sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 && outside == 0 &&
           count == UINT32_MAX;
}

static char *home_store(struct err *err)
{
    const char *home = getenv("HOME");
    struct passwd pw, *found = NULL;
    char buf[4096], *path = NULL;

    if (!home || home[0] != '/')
        home = getpwuid_r(geteuid(), &pw, buf, sizeof(buf), &found) == 0 && found ? found->pw_dir : NULL;
    if (!home || home[0] != '/')
        err_set(err, ENOENT,
                "where is the store? Neither MICA_STORE, XDG_DATA_HOME nor HOME says; use --store DIR");
    else if (asprintf(&path, "%s/.local/share/mica", home) < 0)
        path = NULL, err_errno(err, ENOMEM, "cannot name the store");
    return path;
}

/* Gets the store of mica.conf: fresh memory, or NULL if it names none. */
static int configured_store(char **ret, struct err *err)
{
    struct store_config config;
    int r = store_config_read(&config, err);

    *ret = NULL;
    if (r == 0) {
        *ret = config.store;
        config.store = NULL;
    }
    store_config_clear(&config);
    return r;
}

char *store_default_path(struct err *err)
{
    const char *env = getenv("MICA_STORE");
    char *path;

    if (!env || !*env) {
        int r = configured_store(&path, err);

        if (r < 0 || path)
            return r < 0 ? NULL : path;
    }
    if (!env || !*env) {
        if (is_machine_root()) {
            env = SYSTEM_STORE;
        } else {
            const char *data = getenv("XDG_DATA_HOME");

            /* The XDG base directory specification requires ignoring a relative path. */
            if (!data || data[0] != '/')
                return home_store(err);
            if (asprintf(&path, "%s/mica", data) >= 0)
                return path;
            err_errno(err, ENOMEM, "cannot name the store");
            return NULL;
        }
    }
    path = strdup(env);
    if (!path)
        err_errno(err, ENOMEM, "cannot name the store");
    return path;
}
