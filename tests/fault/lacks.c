/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD in micafs: takes away what some file systems do not have, as they do it.
 * $MICA_LACKS names it, separated by commas: exchange, noreplace, whiteout (flags of renameat2), device
 * (whiteouts), link, tmpfile, trusted, user, marks (attributes: all of those, or what overlay file systems
 * say with them).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The daemon forgets the variables of who starts it. */
static char list[128];

__attribute__((constructor)) static void start(void)
{
    const char *value = getenv("MICA_LACKS");

    snprintf(list, sizeof list, "%s", value ? value : "");
}

static bool lacks(const char *what)
{
    size_t len = strlen(what);

    for (const char *s = list; *s; s += strcspn(s, ","), s += *s == ',')
        if (strcspn(s, ",") == len && strncmp(s, what, len) == 0)
            return true;
    return false;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

#define WRAP(type, name, params, args, test, error)                                                          \
    type wrap_##name params __asm__(#name);                                                                  \
    type wrap_##name params                                                                                  \
    {                                                                                                        \
        static type(*real) params;                                                                           \
                                                                                                             \
        if (test)                                                                                            \
            return refuse(error);                                                                            \
        if (!real)                                                                                           \
            real = dlsym(RTLD_NEXT, #name);                                                                  \
        return real args;                                                                                    \
    }

WRAP(int, renameat2, (int fd, const char *path, int to_fd, const char *to, unsigned flags),
     (fd, path, to_fd, to, flags),
     (flags & RENAME_EXCHANGE && lacks("exchange")) || (flags & RENAME_NOREPLACE && lacks("noreplace")) ||
         (flags & RENAME_WHITEOUT && lacks("whiteout")),
     EINVAL)
WRAP(int, mknodat, (int fd, const char *path, mode_t mode, dev_t device), (fd, path, mode, device),
     S_ISCHR(mode) && device == 0 && lacks("device"), EPERM)
WRAP(int, linkat, (int fd, const char *path, int to_fd, const char *to, int flags),
     (fd, path, to_fd, to, flags), lacks("link"), EPERM)

#define IS_UNNAMED(flags) (((flags)&O_TMPFILE) == O_TMPFILE && lacks("tmpfile"))

WRAP(int, openat, (int fd, const char *path, int flags, mode_t mode), (fd, path, flags, mode),
     IS_UNNAMED(flags), EOPNOTSUPP)
WRAP(int, openat64, (int fd, const char *path, int flags, mode_t mode), (fd, path, flags, mode),
     IS_UNNAMED(flags), EOPNOTSUPP)

#define IS_LACKING(attr)                                                                                     \
    ((strncmp(attr, "trusted.", 8) == 0 && lacks("trusted")) ||                                              \
     (strncmp(attr, "user.", 5) == 0 && lacks("user")) ||                                                    \
     ((strncmp(attr, "trusted.overlay.", 16) == 0 || strncmp(attr, "user.overlay.", 13) == 0) &&             \
      lacks("marks")))

WRAP(ssize_t, getxattr, (const char *path, const char *attr, void *value, size_t size),
     (path, attr, value, size), IS_LACKING(attr), EOPNOTSUPP)
WRAP(ssize_t, lgetxattr, (const char *path, const char *attr, void *value, size_t size),
     (path, attr, value, size), IS_LACKING(attr), EOPNOTSUPP)
WRAP(ssize_t, fgetxattr, (int fd, const char *attr, void *value, size_t size), (fd, attr, value, size),
     IS_LACKING(attr), EOPNOTSUPP)
WRAP(int, setxattr, (const char *path, const char *attr, const void *value, size_t size, int flags),
     (path, attr, value, size, flags), IS_LACKING(attr), EOPNOTSUPP)
WRAP(int, lsetxattr, (const char *path, const char *attr, const void *value, size_t size, int flags),
     (path, attr, value, size, flags), IS_LACKING(attr), EOPNOTSUPP)
WRAP(int, fsetxattr, (int fd, const char *attr, const void *value, size_t size, int flags),
     (fd, attr, value, size, flags), IS_LACKING(attr), EOPNOTSUPP)
