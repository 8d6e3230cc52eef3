/* SPDX-License-Identifier: Apache-2.0 */
#include "source_branch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "branch_claim.h"
#include "branch_lock.h"
#include "branch_mount.h"
#include "branch_owner.h"
#include "branch_work.h"
#include "os/cleanup.h"
#include "os/user_ns.h"
#include "process.h"
#include "union/foreign.h"
#include "union/name_marks.h"

bool source_only_reads_upper(const struct mount_options *o)
{
    return o->read_only && o->lowers.n > 0;
}

/* ---- branches of the store */

static int make(const struct mount_options *o, struct source *s, const struct branch_info *what,
                struct err *err)
{
    struct branch_info info = *what;
    int r;

    info.created = time(NULL);
    info.keeps_owners = o->keep_owners || !process_gives_away(store_path(s->store));
    r = store_branch_create(s->store, o->branch, &info, &s->hold, err);
    s->discard = r == 0; /* until the mount is usable */
    return r;
}

static int hold(const struct mount_options *o, struct source *s, const struct branch_info *what,
                struct err *err)
{
    int r;

    switch (o->branch_make) {
    case BRANCH_MAKE_NEW:
    case BRANCH_MAKE_TEMPORARY:
        return make(o, s, what, err);
    case BRANCH_MAKE_MISSING:
        r = store_branch_hold(s->store, o->branch, &s->hold, err);
        if (r == -ENOENT)
            r = make(o, s, what, err);
        /* Another process created it first: use that. */
        return r == -EEXIST ? store_branch_hold(s->store, o->branch, &s->hold, err) : r;
    case BRANCH_MAKE_NEVER:
        break;
    }
    return store_branch_hold(s->store, o->branch, &s->hold, err);
}

/* Refuses another image: the branch's whiteouts and redirects name files of its own. */
static int check_image(const struct mount_options *o, const struct branch_info *is,
                       const struct branch_info *wanted, struct err *err)
{
    char hex[DIGEST_HEX_MAX], wanted_hex[DIGEST_HEX_MAX];

    if (!o->image || digest_equal(&is->chain_id, &wanted->chain_id))
        return 0;
    return err_set(
        err, EINVAL,
        "branch %s belongs to another image: to %s (%.12s), not to %s (%.12s); without IMAGE, or image=, it "
        "is mounted on its own image",
        o->branch, is->image ? is->image : "an image without a name", digest_hex(&is->manifest, hex),
        o->image, digest_hex(&wanted->manifest, wanted_hex));
}

/* The creation of a branch determines the kind of its marks and whether redirects are permitted. */
static int check_kept(const struct mount_options *o, const char *option, enum choice said, bool kept,
                      struct err *err)
{
    if (said == CHOICE_DEFAULT || (said == CHOICE_YES) == kept)
        return 0;
    return err_set(err, EINVAL, "branch %s was created with %s=%s, which cannot change", o->branch, option,
                   kept ? "on" : "off");
}

int source_check_marks(const char *branch, const struct branch_info *is, struct err *err)
{
    if (!is->user_xattrs && (geteuid() != 0 || user_ns_is_initial() <= 0))
        return err_set(err, EPERM,
                       "branch %s was created by root, with marks in trusted.* attributes: only root can "
                       "mount it",
                       branch);
    return 0;
}

static int check_options(const struct mount_options *o, const struct branch_info *is, struct err *err)
{
    int r = check_kept(o, "redirect_dir", o->redirect_dir, is->redirect_dir, err);

    if (r == 0)
        r = check_kept(o, "metacopy", o->metacopy, is->metacopy, err);
    if (r < 0)
        return r;
    if (o->keep_owners && !is->keeps_owners)
        return err_set(err, EINVAL, "branch %s was created without xattr_permissions=2, which cannot change",
                       o->branch);
    if (o->userxattr && !is->user_xattrs)
        return err_set(err, EINVAL, "branch %s was created without userxattr, which cannot change",
                       o->branch);
    return source_check_marks(o->branch, is, err);
}

static int open_directories(const struct mount_options *o, struct source *s, struct err *err)
{
    struct branch_dirs *d = &s->dirs;
    const char *store = store_path(s->store);

    d->upper_fd = store_branch_open_upper(s->hold, err);
    d->base_fd = d->upper_fd < 0 ? -1 : store_branch_open_work(s->hold, err);
    if (d->base_fd < 0)
        return -EIO;
    if (asprintf(&d->upper_name, "%s/branches/%s/upper", store, o->branch) < 0)
        d->upper_name = NULL;
    if (asprintf(&d->work_name, "%s/branches/%s/work", store, o->branch) < 0)
        d->work_name = NULL;
    return d->upper_name && d->work_name ? 0 : err_errno(err, ENOMEM, "branch %s", o->branch);
}

int source_hold_branch(const struct mount_options *o, struct source *s, struct branch_info *what,
                       struct err *err)
{
    struct branch_info is = {.image = NULL};
    int r = hold(o, s, what, err);

    if (r == 0)
        r = store_branch_info(s->hold, &is, err);
    if (r == 0)
        r = check_image(o, &is, what, err);
    if (r == 0)
        r = check_options(o, &is, err);
    if (r == 0)
        r = open_directories(o, s, err);
    branch_info_clear(r == 0 ? what : &is);
    if (r == 0)
        *what = is;
    return r;
}

void source_settle(struct source *s, const struct mount_options *o)
{
    s->discard = s->discard && o->branch_make == BRANCH_MAKE_TEMPORARY;
}

/* ---- any branch */

static int take_over(struct source *s, int upper, int work, bool user_xattrs, struct err *err)
{
    cleanup_free char *unproved = NULL;
    int r = foreign_take_over(upper, work, user_xattrs, &unproved);

    if (r < 0)
        return err_errno(err, -r, "upperdir %s cannot be taken over from fuse-overlayfs", s->dirs.upper_name);
    if (unproved)
        err_set(
            &s->note, EINVAL,
            "upperdir %s contains files like %s, the whiteouts of fuse-overlayfs, but no other trace of fuse-overlayfs, "
            "so they are shown as files. If they are whiteouts: setfattr -n user.fuseoverlayfs.origin -v "
            "y %s",
            s->dirs.upper_name, unproved, s->dirs.upper_name);
    return 0;
}

/* Refuses requested features that need extended attributes. */
static int check_without_attributes(const struct mount_options *o, struct err *err)
{
    const char *asked = o->redirect_dir == CHOICE_YES ? "redirect_dir=on"
                        : o->metacopy == CHOICE_YES   ? "metacopy=on"
                                                      : NULL;

    if (!asked)
        return 0;
    return err_set(
        err, EOPNOTSUPP,
        "option %s: the file system of upperdir has no attributes for it, or the upper was begun on one",
        asked);
}

static int open_branch(const struct mount_options *o, struct source *s, const struct branch_info *how,
                       struct err *err)
{
    cleanup_fd int upper = -1, base = -1, work = -1;
    struct branch_config config = {
        .user_xattrs = how->user_xattrs,
        .redirect_dir = how->redirect_dir,
        .metacopy = how->metacopy,
        .no_redirects = o->no_redirects,
        .override = o->keep_owners || how->keeps_owners,
        .own_files = s->hold && !how->keeps_owners,
        .adopts_root = s->hold != NULL,
        .volatile_ = o->is_volatile || o->no_sync,
        .insecure_dirs = o->insecure_dirs,
    };
    int r = branch_mount_open(&s->dirs, &upper, &base, err);

    if (r == 0)
        r = work = branch_work_open(&s->dirs, base, &config, err);
    if (r >= 0)
        r = branch_lock_work(&s->dirs, work, err);
    if (r >= 0)
        r = branch_claim(&s->dirs, work, how->user_xattrs, err);
    if (r < 0)
        return r;
    config.upper_fd = upper;
    config.work_fd = work;
    config.base_fd = base;
    r = name_marks_choose(&config, &config.marks_are_names, err);
    if (r == 0 && config.marks_are_names)
        r = check_without_attributes(o, err);
    if (r == 0 && !s->hold && !config.marks_are_names)
        r = take_over(s, upper, work, how->user_xattrs, err);
    if (r < 0)
        return r;
    r = branch_open(&config, &s->branch, err);
    if (r < 0)
        return r;
    steal_fd(&upper);
    steal_fd(&work);
    return o->is_volatile ? branch_work_mark_volatile(&s->dirs, base, err) : 0;
}

int source_open_branch(const struct mount_options *o, struct source *s, const struct branch_info *how,
                       struct err *err)
{
    bool only_reads = source_only_reads_upper(o);
    int r = s->dirs.upper_fd < 0 ? 0 : branch_lock_dirs(&s->dirs, only_reads, err);

    if (r < 0 || s->dirs.upper_fd < 0 || only_reads)
        return r;
    r = o->insecure_dirs ? 0 : branch_owner_check(&s->dirs, err);
    if (r < 0)
        return r;
    return open_branch(o, s, how, err);
}
