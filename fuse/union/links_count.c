/* SPDX-License-Identifier: Apache-2.0 */
#include "union/links_count.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "union/branch_marks.h"

/* Name of a number under construction; no file of the links directory has it. */
#define FRESH "new.n"

#define BESIDE_MAX 32

static const char *beside(const char *name, char buf[BESIDE_MAX])
{
    snprintf(buf, BESIDE_MAX, "%.24s.n", name);
    return buf;
}

static int set_beside(const struct branch *b, const char *name, uint32_t count)
{
    char text[16], path[BESIDE_MAX];

    snprintf(text, sizeof text, "%" PRIx32, count);
    if (unlinkat(b->links_fd, FRESH, 0) < 0 && errno != ENOENT)
        return -errno;
    if (symlinkat(text, b->links_fd, FRESH) < 0 ||
        renameat(b->links_fd, FRESH, b->links_fd, beside(name, path)) < 0)
        return -errno;
    return 0;
}

static int get_beside(const struct branch *b, const char *name, uint32_t *ret)
{
    char text[16], path[BESIDE_MAX], *end;
    ssize_t n = readlinkat(b->links_fd, beside(name, path), text, sizeof text - 1);

    if (n < 0)
        return errno == ENOENT || errno == EINVAL ? -ENODATA : -errno;
    text[n] = '\0';
    *ret = (uint32_t)strtoul(text, &end, 16);
    return n == 0 || *end || n > 8 ? -ERANGE : 0;
}

int links_count_set(const struct branch *b, const char *name, struct where w, uint32_t count)
{
    const uint32_t value = htole32(count);

    if (b->config.marks_are_names)
        return set_beside(b, name, count);
    return branch_mark_set(b, w, MARK_LINKS, &value, sizeof value);
}

int links_count_get(const struct branch *b, const char *name, struct where w, uint32_t *ret)
{
    uint32_t value;
    ssize_t n;

    if (b->config.marks_are_names)
        return get_beside(b, name, ret);
    n = branch_mark_get(b, w, MARK_LINKS, &value, sizeof value);
    if (n == (ssize_t)sizeof value)
        *ret = le32toh(value);
    return n == (ssize_t)sizeof value ? 0 : n >= 0 ? -ERANGE : n == -EOPNOTSUPP ? -ENODATA : (int)n;
}

void links_count_tidy(const struct branch *b, const char *name)
{
    char file[BESIDE_MAX];
    size_t len = strlen(name);

    if (!b->config.marks_are_names || b->config.only_looks || len < 3 || len >= sizeof file ||
        strcmp(name + len - 2, ".n") != 0)
        return;
    snprintf(file, sizeof file, "%.*s", (int)len - 2, name);
    if (faccessat(b->links_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        (void)unlinkat(b->links_fd, name, 0);
}

void links_count_forget(const struct branch *b, const char *name)
{
    char path[BESIDE_MAX];

    if (b->config.marks_are_names)
        (void)unlinkat(b->links_fd, beside(name, path), 0);
}
