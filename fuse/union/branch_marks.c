/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of a branch's files: attributes; sidecars for files that cannot carry these (aside.h); or names
 * (name_marks.h). */
#include "union/branch_marks.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>

#include "union/aside.h"
#include "union/branch.h"
#include "union/name_marks.h"

static const char *const mark_names[] = {
    [MARK_OPAQUE] = "opaque",      [MARK_REDIRECT] = "redirect", [MARK_METACOPY] = "metacopy",
    [MARK_IMPURE] = "impure",      [MARK_WHITEOUT] = "whiteout", [MARK_INODE] = "mica.ino",
    [MARK_LINKS] = "mica.links",   [MARK_OWNER] = "mica.owner",  [MARK_NAME] = "mica.name",
    [MARK_PROTECTED] = "protattr",
};

#define MARK_NAME_MAX 48

static const char *mark_name(const struct branch *b, enum branch_mark mark, char buf[MARK_NAME_MAX])
{
    snprintf(buf, MARK_NAME_MAX, "%s%s", b->prefix, mark_names[mark]);
    return buf;
}

/* Is the mark kept in a sidecar for files that are not directories? */
static bool is_aside(const struct branch *b, enum branch_mark mark)
{
    return b->config.user_xattrs && (mark == MARK_INODE || mark == MARK_LINKS);
}

/* The inode number of a non-directory goes to a sidecar; without times of birth it is not kept. */
static int set_by_name(const struct branch *b, struct where w, enum branch_mark mark, const void *value,
                       size_t len)
{
    int r = mark == MARK_INODE ? aside_set(b, w, mark, value, len) : -EINVAL;

    return r == -EINVAL ? name_mark_set(w, mark, value, len) : r == -EOPNOTSUPP ? 0 : r;
}

static ssize_t get_by_name(const struct branch *b, struct where w, enum branch_mark mark, void *value,
                           size_t size)
{
    ssize_t n = mark == MARK_INODE ? aside_get(b, w, mark, value, size) : -ENODATA;

    return n == -ENODATA ? name_mark_get(w, mark, value, size) : n;
}

int branch_mark_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value,
                    size_t len)
{
    char attr[MARK_NAME_MAX];
    int r;

    if (b->config.marks_are_names)
        return set_by_name(b, w, mark, value, len);
    r = where_setxattr(w, mark_name(b, mark, attr), value, len, 0);
    if (r != -EPERM || !is_aside(b, mark))
        return r;
    r = aside_set(b, w, mark, value, len);
    return r == -EINVAL ? -EPERM : r;
}

ssize_t branch_mark_get(const struct branch *b, struct where w, enum branch_mark mark, void *value,
                        size_t size)
{
    char attr[MARK_NAME_MAX];
    ssize_t n;

    if (b->config.marks_are_names)
        return get_by_name(b, w, mark, value, size);
    n = where_getxattr(w, mark_name(b, mark, attr), value, size);
    return n == -ENODATA && is_aside(b, mark) ? aside_get(b, w, mark, value, size) : n;
}

int branch_mark_remove(const struct branch *b, struct where w, enum branch_mark mark)
{
    char attr[MARK_NAME_MAX];
    int r = b->config.marks_are_names ? 0 : where_removexattr(w, mark_name(b, mark, attr));

    return r == -ENODATA ? 0 : r;
}

static int none_or_error(ssize_t r)
{
    return r == -ENODATA || r == -EOPNOTSUPP || r == -ERANGE ? 0 : (int)r;
}

int branch_mark_is(const struct branch *b, struct where w, enum branch_mark mark, char value)
{
    char is;
    ssize_t n = branch_mark_get(b, w, mark, &is, 1);

    return n < 0 ? none_or_error(n) : n == 1 && is == value;
}

int branch_mark_has(const struct branch *b, struct where w, enum branch_mark mark)
{
    ssize_t n = branch_mark_get(b, w, mark, NULL, 0);

    return n < 0 ? none_or_error(n) : 1;
}

int branch_kept_ino(const struct branch *b, struct where w, uint64_t *ret)
{
    uint64_t ino = 0;
    ssize_t n = branch_mark_get(b, w, MARK_INODE, &ino, sizeof(ino));

    *ret = n == (ssize_t)sizeof(ino) ? le64toh(ino) : 0;
    return n < 0 ? none_or_error(n) : 0;
}
