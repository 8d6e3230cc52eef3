/* SPDX-License-Identifier: Apache-2.0 */
#include "union/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Name of a mark under construction; a rename publishes it. */
#define FRESH "new"

#define NAME_SIZE 24
#define TEXT_SIZE 64

/* Identity of a file beyond its inode number, which the file system may reuse. */
struct identity {
    uint64_t ino;
    int64_t born;
    uint32_t born_ns;
};

int aside_tidy(const struct branch *b)
{
    return unlinkat(b->aside_fd, FRESH, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* Can a file of this type carry the mark as an attribute of its own? */
static bool takes_marks(const struct branch *b, uint32_t mode)
{
    return S_ISDIR(mode) || (S_ISREG(mode) && !b->config.marks_are_names);
}

static int identify(const struct branch *b, struct where w, struct identity *ret)
{
    struct statx x;

    if (statx(w.fd, w.name ? w.name : "", AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
              STATX_TYPE | STATX_INO | STATX_BTIME, &x) < 0)
        return -errno;
    if (takes_marks(b, x.stx_mode))
        return -EINVAL;
    if (!(x.stx_mask & STATX_BTIME))
        return -EOPNOTSUPP;
    *ret = (struct identity){x.stx_ino, x.stx_btime.tv_sec, x.stx_btime.tv_nsec};
    return 0;
}

static const char *name_of(uint64_t ino, enum branch_mark mark, char buf[NAME_SIZE])
{
    snprintf(buf, NAME_SIZE, "%" PRIx64 ".%u", ino, (unsigned)mark);
    return buf;
}

/* Write the text before the value, up to the colon. Returns its length. */
static size_t begin_text(const struct identity *i, char buf[TEXT_SIZE])
{
    return (size_t)snprintf(buf, TEXT_SIZE, "%" PRId64 ".%09" PRIu32 ":", i->born, i->born_ns);
}

int aside_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value, size_t len)
{
    char name[NAME_SIZE], text[TEXT_SIZE];
    const unsigned char *bytes = value;
    struct identity i = {0};
    size_t at;
    int r = b->aside_fd < 0 ? -EOPNOTSUPP : len == 0 || len > ASIDE_MAX ? -EINVAL : identify(b, w, &i);

    if (r < 0)
        return r;
    at = begin_text(&i, text);
    for (size_t k = 0; k < len; k++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%02x", bytes[k]);
    r = symlinkat(text, b->aside_fd, FRESH);
    if (r < 0 && errno == EEXIST) { /* the old mark could not be removed */
        unlinkat(b->aside_fd, FRESH, 0);
        r = symlinkat(text, b->aside_fd, FRESH);
    }
    if (r < 0)
        return -errno;
    if (renameat(b->aside_fd, FRESH, b->aside_fd, name_of(i.ino, mark, name)) < 0) {
        r = -errno;
        unlinkat(b->aside_fd, FRESH, 0);
    }
    return r;
}

/* Decode a hexadecimal value. -ENODATA if the text is malformed. */
static ssize_t read_value(const char *text, unsigned char *value, size_t size)
{
    size_t len = strlen(text) / 2;

    if (strlen(text) % 2 != 0 || strspn(text, "0123456789abcdef") != strlen(text))
        return -ENODATA;
    if (size == 0)
        return (ssize_t)len;
    if (len > size)
        return -ERANGE;
    for (size_t k = 0; k < len; k++) {
        unsigned byte = 0;

        sscanf(text + 2 * k, "%2x", &byte);
        value[k] = (unsigned char)byte;
    }
    return (ssize_t)len;
}

ssize_t aside_get(const struct branch *b, struct where w, enum branch_mark mark, void *value, size_t size)
{
    char name[NAME_SIZE], is[TEXT_SIZE], text[TEXT_SIZE];
    struct identity i = {0};
    ssize_t n;
    size_t len;
    int r = b->aside_fd < 0 ? -EINVAL : identify(b, w, &i);

    if (r < 0)
        return r == -EINVAL || r == -EOPNOTSUPP ? -ENODATA : r;
    n = readlinkat(b->aside_fd, name_of(i.ino, mark, name), text, sizeof text - 1);
    if (n < 0)
        return errno == ENOENT || errno == EINVAL ? -ENODATA : -errno;
    text[n] = '\0';
    len = begin_text(&i, is);
    return strncmp(text, is, len) == 0 ? read_value(text + len, value, size) : -ENODATA;
}

static const enum branch_mark all[] = {MARK_INODE, MARK_LINKS, MARK_OWNER};

bool aside_has(const struct branch *b, uint32_t type, uint64_t upper_ino)
{
    char name[NAME_SIZE];
    bool has = false;

    if (b->aside_fd < 0 || takes_marks(b, type))
        return false;
    for (size_t i = 0; !has && i < sizeof all / sizeof *all; i++)
        has = faccessat(b->aside_fd, name_of(upper_ino, all[i], name), F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
              errno != ENOENT;
    return has;
}

int aside_forget(const struct branch *b, uint64_t upper_ino)
{
    char name[NAME_SIZE];
    int r = 0;

    for (size_t i = 0; b->aside_fd >= 0 && i < sizeof all / sizeof *all; i++)
        if (unlinkat(b->aside_fd, name_of(upper_ino, all[i], name), 0) < 0 && errno != ENOENT)
            r = -errno;
    return r;
}

int aside_forget_last(const struct branch *b, int dirfd, const char *name)
{
    struct stat st;

    if (b->aside_fd < 0)
        return 0;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    return st.st_nlink > 1 || takes_marks(b, st.st_mode) ? 0 : aside_forget(b, st.st_ino);
}
