/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/override.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

const char *const override_names[] = {
    [OVERRIDE_CONTAINERS] = OVERRIDE_XATTR,
    [OVERRIDE_SECURITY] = "security.fuseoverlayfs.override_stat",
    [OVERRIDE_FUSE] = "user.fuseoverlayfs.override_stat",
};

static const struct {
    const char *name;
    mode_t type;
} types[] = {
    {"file", S_IFREG},    {"dir", S_IFDIR},   {"symlink", S_IFLNK}, {"pipe", S_IFIFO},
    {"socket", S_IFSOCK}, {"block", S_IFBLK}, {"char", S_IFCHR},
};

/* Parse a number up to `limit` that is followed by one of `ends`; moves *at to that character. */
static bool take_number(const char **at, int base, unsigned long limit, const char *ends, unsigned long *ret)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *ret = strtoul(*at, &end, base);
    if (errno || *ret > limit || !strchr(ends, *end))
        return false;
    *at = end;
    return true;
}

static bool take_device(const char *at, dev_t *ret)
{
    unsigned long major, minor;

    if (*at++ != '-' || !take_number(&at, 10, 0xfff, "-", &major) || *at++ != '-' ||
        !take_number(&at, 10, 0xfffff, "", &minor))
        return false;
    *ret = makedev((unsigned)major, (unsigned)minor);
    return true;
}

static bool take_type(const char *at, struct stat *st)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i].name);
        bool device = types[i].type == S_IFBLK || types[i].type == S_IFCHR;

        if (strncmp(at, types[i].name, len) != 0)
            continue;
        st->st_mode = (st->st_mode & 07777) | types[i].type;
        return device ? take_device(at + len, &st->st_rdev) : at[len] == 0;
    }
    return false;
}

/* fuse-overlayfs writes the type and the permissions as one octal number. */
static bool take_mode(const char **at, mode_t type, unsigned long *ret)
{
    if (!take_number(at, 8, S_IFMT | 07777, ":", ret) || (*ret & S_IFMT && (*ret & S_IFMT) != type))
        return false;
    *ret &= 07777;
    return true;
}

int override_parse(const char *text, size_t len, struct stat *st)
{
    char copy[OVERRIDE_MAX];
    const char *at = copy;
    struct stat said = *st;
    unsigned long uid, gid, mode;

    if (len >= sizeof copy || memchr(text, 0, len))
        return -EINVAL;
    memcpy(copy, text, len);
    copy[len] = 0;
    if (!take_number(&at, 10, 0xfffffffe, ":", &uid) || *at++ != ':' ||
        !take_number(&at, 10, 0xfffffffe, ":", &gid) || *at++ != ':' ||
        !take_mode(&at, st->st_mode & S_IFMT, &mode))
        return -EINVAL;
    said.st_uid = (uid_t)uid;
    said.st_gid = (gid_t)gid;
    said.st_mode = (st->st_mode & S_IFMT) | (mode_t)mode;
    if (*at == ':' && !take_type(at + 1, &said))
        return -EINVAL;
    *st = said;
    return 0;
}

int override_apply(const char *text, size_t len, struct stat *st)
{
    struct stat said = *st;

    if (override_parse(text, len, &said) < 0)
        return -EINVAL;
    if (S_ISDIR(said.st_mode) != S_ISDIR(st->st_mode) || S_ISLNK(said.st_mode) ||
        (S_ISCHR(said.st_mode) && said.st_rdev == 0))
        return -EINVAL;
    *st = said;
    return 0;
}

size_t override_format(const struct stat *st, char ret[OVERRIDE_MAX])
{
    const char *type = "file";
    int n;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if ((st->st_mode & S_IFMT) == types[i].type)
            type = types[i].name;
    n = snprintf(ret, OVERRIDE_MAX, "%u:%u:0%o:%s", st->st_uid, st->st_gid, (unsigned)(st->st_mode & 07777),
                 type);
    if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode))
        n += snprintf(ret + n, OVERRIDE_MAX - (size_t)n, "-%u-%u", major(st->st_rdev), minor(st->st_rdev));
    return (size_t)n;
}
