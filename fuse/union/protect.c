/* SPDX-License-Identifier: Apache-2.0 */
#include "union/protect.h"

#include <errno.h>

#include "union/branch_marks.h"
#include "union/file_flags.h"
#include "union/upper.h"

/* State bit of node.protection, apart from those of the flags. */
#define KNOWN 1u
/* The tree's file was checked before a change: its copy-up need not check again. */
#define SEEN 2u
/* With SEEN: COPIED_FLAGS are those of the tree's file. */
#define SEEN_ALL 4u

static bool can_have(const struct node *n)
{
    return n->type == S_IFREG || n->type == S_IFDIR;
}

static int of_upper(struct un *u, struct node *n, unsigned *ret)
{
    char text[PROTECTED_TEXT_MAX];
    struct upper_fd fd;
    struct where w;
    ssize_t len;
    int r;

    if (n->protection & KNOWN) {
        *ret = n->protection & PROTECTED_FLAGS;
        return 0;
    }
    r = upper_where(u, n, &fd, &w);
    if (r < 0)
        return r;
    len = branch_mark_get(u->branch, w, MARK_PROTECTED, text, sizeof text);
    upper_close(u, &fd);
    /* A value that is too long is none of the kernel's or of mica's. */
    if (len < 0 && len != -ENODATA && len != -EOPNOTSUPP && len != -ERANGE)
        return (int)len;
    *ret = len > 0 ? protected_parse(text, (size_t)len) : 0;
    n->protection = *ret | KNOWN;
    return 0;
}

static int of_tree(struct un *u, struct node *n, unsigned *ret)
{
    unsigned flags = 0;
    bool all = false;
    int r = n->tree ? tree_protection(u->tree, n->tree, &flags, &all) : 0;

    n->protection = 0;
    if (r < 0)
        return r;
    *ret = flags & PROTECTED_FLAGS;
    n->protection = (flags & (PROTECTED_FLAGS | COPIED_FLAGS)) | SEEN | (all ? SEEN_ALL : 0);
    return 0;
}

bool protect_copied_flags(const struct node *n, unsigned *ret)
{
    *ret = n->protection & COPIED_FLAGS;
    return (n->protection & (SEEN | SEEN_ALL)) == (SEEN | SEEN_ALL);
}

int protect_flags(struct un *u, struct node *n, unsigned *ret)
{
    *ret = 0;
    if (!can_have(n))
        return 0;
    return n->upper_ino ? of_upper(u, n, ret) : of_tree(u, n, ret);
}

int protect_keep(struct un *u, struct node *n, struct where w, unsigned flags)
{
    char text[PROTECTED_TEXT_MAX];
    size_t len = protected_text(flags, text);
    int r;

    if (len > 0)
        r = branch_mark_set(u->branch, w, MARK_PROTECTED, text, len);
    else
        r = branch_mark_remove(u->branch, w, MARK_PROTECTED);
    if (r == -ENODATA || (r == -EOPNOTSUPP && len == 0))
        r = 0;
    if (r == 0)
        n->protection = (flags & PROTECTED_FLAGS) | KNOWN;
    return r == -EOPNOTSUPP || r == -EINVAL ? -EPERM : r;
}

int protect_copy(struct un *u, struct node *n, struct where w)
{
    unsigned flags = n->protection & PROTECTED_FLAGS;
    int r = 0;

    if (!can_have(n))
        return 0;
    if (!(n->protection & SEEN))
        r = of_tree(u, n, &flags);
    if (r < 0)
        return r;
    if (flags)
        r = protect_keep(u, n, w, flags);
    if (!flags || r == -EPERM) { /* as kernel overlayfs, where the upper's file system takes no marks */
        protect_none(n);
        r = 0;
    }
    return r;
}

void protect_none(struct node *n)
{
    n->protection = KNOWN;
}

int protect_change(struct un *u, struct node *n, bool appends)
{
    unsigned flags;
    int r = protect_flags(u, n, &flags);

    if (r < 0)
        return r;
    return flags & FS_IMMUTABLE_FL || (flags & FS_APPEND_FL && !appends) ? -EPERM : 0;
}

int protect_names(struct un *u, uint64_t dir, bool loses)
{
    struct node *n;
    int r = core_node(u, dir, &n);

    if (r == 0) {
        r = protect_change(u, n, !loses);
        core_done(u, n);
    }
    return r;
}
