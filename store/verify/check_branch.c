/* SPDX-License-Identifier: Apache-2.0 */
/* Checks branches: branch.json, the two directories, and the marks in the upper. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/xattr_at.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/marks.h"
#include "verify/work.h"

#define OWNER "user.containers.override_stat"
#define LIST  (64u << 10)

/* The walk through an upper. */
struct walk {
    struct check *check;
    const char *branch;
    const char *prefix; /* of the marks' xattrs; NULL: this user cannot read them */
    bool keeps_owners;
    int upper;
    char *list, *value; /* LIST bytes each */
    char **todo;        /* directories left, relative to the upper */
    size_t n, room;
};

/* Takes ownership of `path`. -ENOMEM. */
static int push(struct walk *w, char *path)
{
    if (path && w->n == w->room) {
        char **more = reallocarray(w->todo, w->room ? 2 * w->room : 16, sizeof *more);

        if (!more) {
            free(path);
            return -ENOMEM;
        }
        w->todo = more;
        w->room = w->room ? 2 * w->room : 16;
    }
    if (!path)
        return -ENOMEM;
    w->todo[w->n++] = path;
    return 0;
}

static void complain(struct walk *w, enum verify_fault fault, const char *dir, const char *name,
                     const char *reason)
{
    cleanup_free char *path = NULL;

    if (asprintf(&path, "branches/%s/upper%s%s%s%s", w->branch, *dir ? "/" : "", dir, *name ? "/" : "",
                 name) < 0) {
        path = NULL;
        check_failed(w->check, -ENOMEM, w->branch);
        return;
    }
    check_note(w->check, fault, VERIFY_BRANCH, NULL, path, "%s", reason);
}

static bool is_sound(const struct walk *w, const char *attr, size_t len)
{
    size_t prefix = w->prefix ? strlen(w->prefix) : 0;

    if (w->prefix && strncmp(attr, w->prefix, prefix) == 0)
        return mark_is_sound(attr + prefix, w->value, len);
    return !(w->keeps_owners && strcmp(attr, OWNER) == 0) || mark_owner_is_sound(w->value, len);
}

/* Checks a file's xattrs. A file just removed, or a file system without xattrs, has none. */
static void look_at_marks(struct walk *w, int dirfd, const char *dir, const char *name)
{
    ssize_t n = xattr_list_at(dirfd, name, w->list, LIST);
    char reason[XATTR_NAME_MAX + 100];

    for (const char *attr = w->list; n > 0 && attr < w->list + n; attr += strlen(attr) + 1) {
        ssize_t len = xattr_get_at(dirfd, name, attr, w->value, LIST);

        if (len < 0 || is_sound(w, attr, (size_t)len))
            continue;
        snprintf(reason, sizeof reason, "its attribute %s has an invalid value", attr);
        complain(w, VERIFY_METADATA, dir, strcmp(name, ".") == 0 ? "" : name, reason);
    }
}

static int look_into(struct walk *w, const char *path)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(beneath_open(w->upper, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0), &dir);

    if (check_is_trouble(r))
        return r;
    if (r < 0) {
        if (r != -ENOENT) /* just removed */
            complain(w, VERIFY_UNREADABLE, path, "", strerror(-r));
        return 0;
    }
    look_at_marks(w, dirfd(dir), path, ".");
    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        struct stat st;
        char *below = NULL;

        if (check_cancelled(w->check))
            return -ECANCELED;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (!S_ISDIR(st.st_mode)) {
            look_at_marks(w, dirfd(dir), path, e->d_name);
            continue;
        }
        if (asprintf(&below, "%s%s%s", path, *path ? "/" : "", e->d_name) < 0)
            return -ENOMEM;
        if (push(w, below) < 0)
            return -ENOMEM;
    }
    return r;
}

static void walk_upper(struct check *c, const struct branch_entry *b, int upper)
{
    const char *prefix = b->info.user_xattrs ? "user.overlay." : geteuid() == 0 ? "trusted.overlay." : NULL;
    cleanup_free char *buf = malloc(2 * LIST);
    struct walk w = {.check = c,
                     .branch = b->name,
                     .prefix = prefix,
                     .keeps_owners = b->info.keeps_owners,
                     .upper = upper,
                     .list = buf,
                     .value = buf ? buf + LIST : NULL};
    int r = buf ? push(&w, strdup("")) : -ENOMEM;

    while (r == 0 && w.n) {
        cleanup_free char *path = w.todo[--w.n];

        r = look_into(&w, path);
    }
    while (w.n)
        free(w.todo[--w.n]);
    free(w.todo);
    if (r < 0)
        check_failed(c, r, b->name);
}

/* Opens one of the two directories; -1 and a finding if it is missing. */
static int open_part(struct check *c, const char *name, const char *part)
{
    char path[sizeof "branches//upper" + STORE_BRANCH_NAME_MAX];
    int fd;

    snprintf(path, sizeof path, "branches/%s/%s", name, part);
    fd = beneath_open(store_fd(c->s), path, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0)
        return fd;
    if (check_is_trouble(fd))
        check_failed(c, fd, path);
    else
        check_note(c, check_fault_of(fd, VERIFY_METADATA), VERIFY_BRANCH, NULL, path, "%s", strerror(-fd));
    return -1;
}

static void look_for_foreign(struct check *c, const char *name)
{
    static const char *const known[] = {"branch.json", "upper", "work"};
    char path[sizeof "branches/" + STORE_BRANCH_NAME_MAX + NAME_MAX + 1];
    cleanup_dir DIR *dir = NULL;
    int r;

    snprintf(path, sizeof path, "branches/%s", name);
    r = dir_of(beneath_open(store_fd(c->s), path, O_RDONLY | O_DIRECTORY, 0), &dir);
    for (const struct dirent *e; dir && (e = dir_next(dir, &r));) {
        bool ours = strncmp(e->d_name, "mica-", 5) == 0; /* micafs's own, beside the work directory */

        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            ours |= strcmp(e->d_name, known[i]) == 0;
        if (ours)
            continue;
        snprintf(path, sizeof path, "branches/%s/%s", name, e->d_name);
        check_note(c, VERIFY_FOREIGN, VERIFY_FILE, NULL, path, "it is not mica's");
    }
}

static void check_one(struct check *c, const struct branch_entry *b)
{
    char path[sizeof "branches//branch.json" + STORE_BRANCH_NAME_MAX];

    c->result.branches++;
    look_for_foreign(c, b->name);
    if (b->fault) {
        snprintf(path, sizeof path, "branches/%s/branch.json", b->name);
        check_note(c, check_fault_of(b->fault, VERIFY_METADATA), VERIFY_BRANCH, NULL, path, "%s",
                   b->fault == -EUCLEAN ? "it is damaged" : strerror(-b->fault));
    }
    cleanup_fd int upper = open_part(c, b->name, "upper"), work = open_part(c, b->name, "work");
    if (upper >= 0 && !b->fault)
        walk_upper(c, b, upper);
    (void)work;
}

static bool is_wanted(const struct check *c, const char *branch)
{
    if (c->opt->n_images == 0)
        return true;
    for (size_t i = 0; i < c->needs.n; i++)
        if (c->needs.all[i].is_branch && strcmp(c->needs.all[i].name, branch) == 0)
            return true;
    return false;
}

void check_branches(struct check *c)
{
    struct branch_list l = {NULL, 0};
    struct err err = {""};
    int r = store_branches(c->s, &l, &err);

    if (check_is_trouble(r))
        check_failed(c, r, "the branches");
    for (size_t i = 0; r == 0 && i < l.n; i++)
        if (is_wanted(c, l.branches[i].name))
            check_one(c, &l.branches[i]);
    branch_list_free(&l);
}
