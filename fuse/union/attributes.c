/* SPDX-License-Identifier: Apache-2.0 */
#include "union/attributes.h"

#include <errno.h>
#include <string.h>

#include "os/acl.h"
#include "tree/whiteout.h"
#include "union/owner.h"
#include "union/owner_list.h"
#include "union/owner_security.h"
#include "union/upper.h"
#include "union/xattr_policy.h"

/* With a branch, its prefix also decides which attributes of the layers are marks, as in kernel overlayfs. */
static enum tree_marks of_upper(const struct un *u)
{
    return u->branch->config.user_xattrs ? TREE_MARKS_USER : TREE_MARKS_TRUSTED;
}

static enum tree_marks of_tree(const struct un *u)
{
    return u->tree->marks == TREE_MARKS_NONE || !u->branch ? u->tree->marks : of_upper(u);
}

/* Layers obey these marks under either prefix (stack_marks.h). A copy in the upper would take effect once the
 * upper is used as a layer. */
static bool is_obeyed(const char *kept)
{
    enum overlay_mark mark = overlay_mark(kept, NULL);

    return mark == OVERLAY_MARK_OPAQUE || mark == OVERLAY_MARK_WHITEOUT;
}

static ssize_t leave_out_obeyed(char *list, size_t len)
{
    size_t left = 0;

    for (size_t at = 0, n; at < len; at += n) {
        n = strnlen(list + at, len - at) + 1;
        if (n > len - at)
            break;
        if (is_obeyed(list + at))
            continue;
        memmove(list + left, list + at, n);
        left += n;
    }
    return (ssize_t)left;
}

static ssize_t show(enum tree_marks marks, char *list, ssize_t n)
{
    return n < 0 ? n : (ssize_t)xattr_show_list(marks, list, (size_t)n);
}

ssize_t attributes_of_tree_get(struct un *u, uint64_t tree, const char *name, void *value, size_t size)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *kept = xattr_kept_name(of_tree(u), name, buf);

    if (u->tree->marks != TREE_MARKS_NONE && is_obeyed(name) && kept == name)
        return -ENODATA;
    return kept ? tree_getxattr(u->tree, tree, kept, value, size) : -EOPNOTSUPP;
}

ssize_t attributes_of_tree_list(struct un *u, uint64_t tree, char *list, size_t size)
{
    ssize_t n = tree_listxattr(u->tree, tree, list, size);

    if (n > 0 && u->tree->marks != TREE_MARKS_NONE)
        n = leave_out_obeyed(list, (size_t)n);
    return show(of_tree(u), list, n);
}

static bool names_list(const char *name)
{
    return strcmp(name, ACL_ACCESS) == 0 || strcmp(name, ACL_DEFAULT) == 0;
}

ssize_t attributes_of_upper_get(struct un *u, struct where w, const char *name, void *value, size_t size)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *kept = xattr_kept_name(of_upper(u), name, buf);
    ssize_t n;

    if (owner_is_list(name))
        n = owner_get_list(u->branch, w, value, size);
    else if (owner_keeps_security(u->branch, name))
        n = owner_get_security(u->branch, w, name, value, size);
    else
        n = kept ? where_getxattr(w, kept, value, size) : -EOPNOTSUPP;
    /* The kernel asks for the access list as it checks permissions, and takes this error for the check's. */
    return n == -EOPNOTSUPP && names_list(name) ? -ENODATA : n;
}

ssize_t attributes_of_upper_list(struct un *u, struct where w, char *list, size_t size)
{
    ssize_t n = where_listxattr(w, list, size);

    if (n > 0 && u->branch->config.override)
        n = (ssize_t)xattr_uncover_list(of_upper(u), OWNER_SECURITY, "security.", list, (size_t)n);
    return show(of_upper(u), list, n);
}

int attributes_of_upper_set(struct un *u, struct where w, const char *name, const void *value, size_t size,
                            int flags)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *kept = xattr_kept_name(of_upper(u), name, buf);

    if (owner_is_list(name))
        return owner_set_list(u->branch, w, value, size);
    if (owner_keeps_security(u->branch, name))
        return owner_set_security(u->branch, w, name, value, size, flags);
    return kept ? where_setxattr(w, kept, value, size, flags) : -EOPNOTSUPP;
}

int attributes_of_upper_remove(struct un *u, struct where w, const char *name)
{
    char buf[XATTR_NAME_MAX + 1];
    const char *kept = xattr_kept_name(of_upper(u), name, buf);

    if (owner_keeps_security(u->branch, name))
        return owner_remove_security(u->branch, w, name);
    return kept ? where_removexattr(w, kept) : -EOPNOTSUPP;
}

ssize_t attributes_get(struct un *u, uint64_t node, const char *name, void *value, size_t size)
{
    struct upper_or_tree at;
    ssize_t r;

    if (!u->branch)
        return attributes_of_tree_get(u, node, name, value, size);
    pthread_mutex_lock(&u->lock);
    r = upper_or_tree(u, node, &at);
    if (r > 0)
        r = attributes_of_upper_get(u, at.where, name, value, size);
    else if (r == 0)
        r = attributes_of_tree_get(u, at.tree, name, value, size);
    upper_or_tree_done(u, &at);
    pthread_mutex_unlock(&u->lock);
    return r;
}

ssize_t attributes_list(struct un *u, uint64_t node, char *list, size_t size)
{
    struct upper_or_tree at;
    ssize_t r;

    if (!u->branch)
        return attributes_of_tree_list(u, node, list, size);
    pthread_mutex_lock(&u->lock);
    r = upper_or_tree(u, node, &at);
    if (r > 0)
        r = attributes_of_upper_list(u, at.where, list, size);
    else if (r == 0)
        r = attributes_of_tree_list(u, at.tree, list, size);
    upper_or_tree_done(u, &at);
    pthread_mutex_unlock(&u->lock);
    return r;
}
