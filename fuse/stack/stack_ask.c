/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "os/cleanup.h"
#include "os/xattr_at.h"
#include "stack/stack_layers.h"
#include "stack/stack_marks.h"
#include "stack/stack_stat.h"
#include "tree/whiteout.h"

/* Does the error mean that the name is missing, or its directory was removed from a live layer? */
static bool means_absent(int r)
{
    return r == -ENOENT || r == -ENOTDIR || r == -ENAMETOOLONG || r == -ELOOP;
}

/* Does `dirfd` have the OCI form of a whiteout for `name`? 1, 0 or an error. */
static int has_whiteout_for(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                            size_t len)
{
    char text[NAME_MAX + 1];
    if (len + WHITEOUT_PREFIX_LEN > NAME_MAX)
        return 0;
    memcpy(text, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN);
    memcpy(text + WHITEOUT_PREFIX_LEN, name, len + 1);
    struct stat st;
    int r = stack_stat(l, layer, dirfd, text, &st, NULL);
    return r == 0 ? 1 : means_absent(r) ? 0 : r;
}

int stack_is_xattr_whiteout(int dirfd, const char *name)
{
    static const char *const forms[] = {"trusted.overlay.whiteout", "user.overlay.whiteout"};
    for (unsigned i = 0; i < 2; i++) {
        ssize_t n = xattr_get_at(dirfd, name, forms[i], NULL, 0);
        if (n >= 0)
            return 1;
        if (n != -ENODATA && n != -EOPNOTSUPP && n != -EACCES && !means_absent((int)n))
            return (int)n;
    }
    return 0;
}

/* Examine the directory `name` in `dir`: its own marks, and those in it or beside it. */
static int ask_dir(struct stack_layers *l, struct place *dir, int dirfd, size_t len, bool more,
                   struct answer *a)
{
    struct marks marks;
    int r = marks_read(dirfd, a->name, l->trusted, &marks);
    if (r < 0)
        return r;
    a->place = place_new(l, dir, a->name, len);
    if (!a->place) {
        free(marks.redirect);
        return -ENOMEM;
    }
    a->place->dev = a->st.st_dev;
    a->place->ino = a->st.st_ino;
    a->place->xattr_whiteouts = marks.opaque == OVERLAY_XATTR_WHITEOUTS;
    a->fact.opaque = marks.opaque == OVERLAY_OPAQUE;
    a->redirect = a->fact.opaque ? NULL : marks.redirect;
    if (a->fact.opaque)
        free(marks.redirect);
    if (a->fact.opaque || (!more && !a->redirect))
        return 0;

    /* `.wh.NAME` beside NAME: the layer removed it and made it again. */
    r = has_whiteout_for(l, dir->layer, dirfd, a->name, len);
    a->fact.replaces = r > 0;
    if (r != 0)
        return r < 0 ? r : 0;
    struct place_fd fd;
    r = place_open(l, a->place, &fd);
    if (r < 0)
        return r;
    struct stat st;
    r = stack_stat(l, dir->layer, fd.fd, WHITEOUT_OPAQUE_NAME, &st, NULL);
    place_close(l, &fd);
    a->fact.opaque = r == 0;
    return r == 0 || means_absent(r) ? 0 : r;
}

static int ask_file(struct stack_layers *l, struct place *dir, int dirfd, struct answer *a)
{
    if (whiteout_is_device(a->st.st_mode, major(a->st.st_rdev), minor(a->st.st_rdev))) {
        a->fact.kind = FACT_WHITEOUT;
        return 0;
    }
    if (S_ISREG(a->st.st_mode) && a->st.st_size == 0 && dir->xattr_whiteouts) {
        int r = stack_is_xattr_whiteout(dirfd, a->name);
        if (r != 0) {
            a->fact.kind = FACT_WHITEOUT;
            return r < 0 ? r : 0;
        }
    }
    if (!S_ISREG(a->st.st_mode) || (unsigned)dir->layer + 1 == l->n)
        return 0;
    int r = marks_metacopy(dirfd, a->name, l->trusted, &a->redirect);
    a->metacopy = r > 0;
    return r < 0 ? r : 0;
}

static int ask_at(struct stack_layers *l, struct place *dir, int dirfd, size_t len, bool more,
                  struct answer *a)
{
    bool covered;
    int r = stack_stat(l, dir->layer, dirfd, a->name, &a->st, &covered);
    if (r == 0 && S_ISDIR(a->st.st_mode) && stack_is_own(l, a->st.st_dev, a->st.st_ino))
        r = -ENOENT;
    if (r == 0) {
        a->in = place_ref(dir);
        a->fact.kind = S_ISDIR(a->st.st_mode) ? FACT_DIR : FACT_FILE;
        if (covered)
            return 0;
        return a->fact.kind == FACT_DIR ? ask_dir(l, dir, dirfd, len, more, a) : ask_file(l, dir, dirfd, a);
    }
    if (!means_absent(r))
        return r;
    r = more ? has_whiteout_for(l, dir->layer, dirfd, a->name, len) : 0;
    a->fact.kind = r > 0 ? FACT_WHITEOUT : FACT_ABSENT;
    return r < 0 ? r : 0;
}

int stack_ask(struct stack_layers *l, struct place *dir, const char *name, size_t len, bool more,
              struct answer *ret)
{
    *ret = (struct answer){.fact = {.kind = FACT_ABSENT}};
    if (len > NAME_MAX || whiteout_name(name, len, NULL) != WHITEOUT_NAME_PLAIN)
        return 0;
    memcpy(ret->name, name, len);
    struct place_fd fd;
    int r = place_open(l, dir, &fd);
    if (r == 0) {
        r = ask_at(l, dir, fd.fd, len, more, ret);
        place_close(l, &fd);
    }
    if (r < 0) {
        answer_done(l, ret);
        *ret = (struct answer){.fact = {.kind = FACT_ABSENT}};
    }
    return means_absent(r) ? 0 : r;
}

void answer_done(struct stack_layers *l, struct answer *a)
{
    place_unref(l, a->place);
    place_unref(l, a->in);
    free(a->redirect);
    a->place = a->in = NULL;
    a->redirect = NULL;
}

int stack_ask_root(struct stack_layers *l, unsigned n, struct fact *ret)
{
    struct marks marks;
    int r = marks_read(l->fds[n], ".", l->trusted, &marks);
    if (r < 0)
        return r;
    free(marks.redirect); /* a root has no redirect */
    l->roots[n]->xattr_whiteouts = marks.opaque == OVERLAY_XATTR_WHITEOUTS;
    *ret = (struct fact){.kind = FACT_DIR, .opaque = marks.opaque == OVERLAY_OPAQUE};
    if (!ret->opaque && n + 1 < l->n) {
        struct stat st;
        r = stack_stat(l, n, l->fds[n], WHITEOUT_OPAQUE_NAME, &st, NULL);
        if (r < 0 && !means_absent(r))
            return r;
        ret->opaque = r == 0;
    }
    return 0;
}
