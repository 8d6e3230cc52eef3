/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_marks.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "os/cleanup.h"
#include "os/xattr_at.h"

/* Does the error mean that there is no visible attribute? A directory whose attributes are unreadable cannot
 * be searched either. */
static bool means_unmarked(ssize_t r)
{
    return r == -ENODATA || r == -EOPNOTSUPP || r == -EACCES;
}

static int read_redirect(int dirfd, const char *name, const char *attr, char **ret)
{
    char value[OVERLAY_REDIRECT_MAX + 1];
    ssize_t n = xattr_get_at(dirfd, name, attr, value, sizeof(value));
    if (means_unmarked(n))
        return 0;
    if (n < 0)
        return n == -ERANGE ? -EUCLEAN : (int)n;
    if (!overlay_redirect_valid(value, (size_t)n))
        return -EUCLEAN;
    char *text = strndup(value, (size_t)n);
    if (!text)
        return -ENOMEM;
    free(*ret);
    *ret = text;
    return 0;
}

static int read_opaque(int dirfd, const char *name, const char *attr, enum overlay_opaque *opaque)
{
    char value[2];
    ssize_t n = xattr_get_at(dirfd, name, attr, value, sizeof(value));
    if (n < 0)
        return means_unmarked(n) || n == -ERANGE ? 0 : (int)n;
    enum overlay_opaque says = overlay_opaque_value(value, (size_t)n);
    /* "y" of any family outweighs "x". */
    if (*opaque != OVERLAY_OPAQUE && says != OVERLAY_NOT_OPAQUE)
        *opaque = says;
    return 0;
}

static int read_mark(int dirfd, const char *name, const char *attr, bool trusted, struct marks *m)
{
    enum overlay_family family;
    switch (overlay_mark(attr, &family)) {
    case OVERLAY_MARK_OPAQUE:
        return read_opaque(dirfd, name, attr, &m->opaque);
    case OVERLAY_MARK_REDIRECT:
        if ((family == OVERLAY_TRUSTED) != trusted)
            return 0;
        return read_redirect(dirfd, name, attr, &m->redirect);
    case OVERLAY_MARK_NONE:
    case OVERLAY_MARK_WHITEOUT:
    case OVERLAY_MARK_METACOPY:
    case OVERLAY_MARK_OTHER:
        break;
    }
    return 0;
}

int marks_read(int dirfd, const char *name, bool trusted, struct marks *ret)
{
    *ret = (struct marks){OVERLAY_NOT_OPAQUE, NULL};
    char few[1024];
    cleanup_free char *many = NULL;
    char *list = few;
    ssize_t n = xattr_list_at(dirfd, name, few, sizeof(few));
    if (n == -ERANGE) {
        list = many = malloc(XATTR_LIST_MAX);
        if (!many)
            return -ENOMEM;
        n = xattr_list_at(dirfd, name, many, XATTR_LIST_MAX);
    }
    if (n < 0)
        return means_unmarked(n) ? 0 : (int)n;
    for (const char *s = list; s < list + n;) {
        size_t len = strnlen(s, (size_t)(list + n - s));
        if (s + len == list + n)
            break; /* no NUL: malformed */
        int r = read_mark(dirfd, name, s, trusted, ret);
        if (r < 0) {
            free(ret->redirect);
            ret->redirect = NULL;
            return r;
        }
        s += len + 1;
    }
    return 0;
}

int marks_metacopy(int dirfd, const char *name, bool trusted, char **ret_redirect)
{
    ssize_t n =
        xattr_get_at(dirfd, name, trusted ? "trusted.overlay.metacopy" : "user.overlay.metacopy", NULL, 0);
    if (n < 0)
        return means_unmarked(n) ? 0 : (int)n;
    int r = read_redirect(dirfd, name, trusted ? "trusted.overlay.redirect" : "user.overlay.redirect",
                          ret_redirect);
    return r < 0 ? r : 1;
}
