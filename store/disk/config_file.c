/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration files, and their permitted owners. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/config.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define SYSTEM_CONFIG "/etc/mica/mica.conf"

/* Refuses a file that others can write to: they could make mica show any content. */
static int check_owner(int fd, const char *path, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, EINVAL, "%s is not a regular file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return err_set(err, EPERM, "%s belongs to another user (uid %u)", path, st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, EPERM, "%s could be written by others; first: chmod go-w %s", path, path);
    return 0;
}

/* Is it missing, or in a directory that this user cannot enter, such as the home of the user before su(1)? */
static bool is_out_of_reach(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES);
}

static int read_file(const char *path, bool must, struct store_config *ret, struct err *err)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    cleanup_free char *text = NULL;
    int r, open_error = errno;
    size_t len;

    if (fd < 0 && !must && is_out_of_reach(path))
        return 0;
    if (fd < 0)
        return err_set(err, open_error, "cannot read %s: %s", path, strerror(open_error));
    r = check_owner(fd, path, err);
    if (r < 0)
        return r;
    r = fd_slurp(fd, CONFIG_MAX_BYTES, &text, &len);
    return r < 0 ? err_errno(err, -r, "cannot read %s", path) : store_config_parse(text, len, path, ret, err);
}

/* Returns the path of the user's own file: fresh memory, or NULL without a home. */
static char *user_path(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct passwd pw, *found = NULL;
    char buf[4096], *path = NULL;
    int r = -1;

    if (config && config[0] == '/') {
        r = asprintf(&path, "%s/mica/mica.conf", config);
    } else {
        if (!home || home[0] != '/')
            home = getpwuid_r(geteuid(), &pw, buf, sizeof buf, &found) == 0 && found ? found->pw_dir : NULL;
        if (home && home[0] == '/')
            r = asprintf(&path, "%s/.config/mica/mica.conf", home);
    }
    return r < 0 ? NULL : path;
}

int store_config_read(struct store_config *ret, struct err *err)
{
    const char *only = getenv("MICA_CONF");
    cleanup_free char *user = NULL;
    int r = 0;

    *ret = (struct store_config){.store = NULL};
    if (only && strcmp(only, "/dev/null") == 0)
        return 0;
    if (only && *only)
        return read_file(only, true, ret, err);
    user = user_path();
    if (user)
        r = read_file(user, false, ret, err);
    return r < 0 ? r : read_file(SYSTEM_CONFIG, false, ret, err);
}
