/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser for `-o`. Pure: untrusted text in, record out.
 *
 * There are four kinds of options: micafs's own, named as in kernel overlayfs and fuse-overlayfs (lowerdir=,
 * timeout=, ...); options for mount(2) and the FUSE library, which are passed on; options that ask for the
 * default behaviour, or that mount(8) and fstab use among themselves, which are ignored; and unknown ones,
 * which the caller reports and ignores, as container engines expect.
 */
#ifndef MICA_UNION_MOUNT_OPTIONS_H
#define MICA_UNION_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"
#include "union/id_map.h"
#include "union/option_text.h"

#define MOUNT_OPTIONS_MAX_LOWERS  500
#define MOUNT_OPTIONS_MAX_THREADS 64

/* Yes, no, or not given. */
enum choice {
    CHOICE_DEFAULT,
    CHOICE_NO,
    CHOICE_YES,
};

/* Wake-up policy of the daemon: fixed, or chosen by measurement. */
enum wakeup {
    WAKEUP_AUTO,
    WAKEUP_LOOK,
    WAKEUP_FOLLOW,
};

/* Treatment of an existing and of a missing branch. */
enum branch_make {
    BRANCH_MAKE_NEVER,
    BRANCH_MAKE_MISSING,
    BRANCH_MAKE_NEW,       /* fail if it exists */
    BRANCH_MAKE_TEMPORARY, /* as BRANCH_MAKE_NEW, and remove it after the mount */
};

struct mount_options {
    struct text_list lowers; /* topmost first */
    char *image, *store;     /* NULL when not given, like all strings here */
    char *upperdir, *workdir;
    char *branch; /* a name in the store */
    enum branch_make branch_make;
    bool views; /* all views of the image (store/views) */
    unsigned layer,
        upto; /* one view: this layer alone, the image up to this layer; the bottom one is 1, 0: none */
    enum choice nfs_export;
    enum choice redirect_dir, metacopy; /* as given; effective: mount_options_redirect_dir, _metacopy */
    bool userxattr, is_volatile;
    bool insecure_dirs; /* allow root to use directories that others own or may write to */
    bool no_redirects;  /* redirect_dir=nofollow */
    bool keep_owners;   /* xattr_permissions=2: owners, modes and types go into an attribute (override.h) */
    struct id_map uids, gids; /* as given; effective: mount_options_uids, _gids */
    bool squash_to_root;
    bool static_nlink;
    enum wakeup wakeup; /* how the daemon waits for requests */
    bool passthrough;   /* let the kernel read and write the content directly where possible */
    bool no_sync;       /* fsync=0: as is_volatile, without its mark */
    bool read_only;
    char *fsname, *subtype;
    bool has_timeout;
    double timeout; /* seconds */
    bool threaded;
    unsigned max_idle_threads; /* 0: not given */
    enum choice suid, dev;
    bool allow_suid, allow_dev; /* suid and dev, which mount(8) does not pass on; effective: mount_rights.h */
    bool allow_other, default_permissions;
    bool owner_said;   /* user_id= or group_id=, which only the library may set for a new mount */
    bool remount;      /* change the existing mount (remount.h) */
    unsigned max_read; /* bytes of a READ; 0: not given */
    bool noacl, debug;
    struct text_list passed;  /* NAME or NAME=VALUE for libfuse and mount(2), still escaped */
    struct text_list unknown; /* still escaped */
};

/* Add the options in `text` to *o, which starts as {0}; a later option overrides an earlier one. -EINVAL with
 * a message in `err` for an invalid value or an option that cannot be honoured. */
int mount_options_parse(struct mount_options *o, const char *text, struct err *err);

/* Check the combination, once all options are added. */
int mount_options_check(const struct mount_options *o, struct err *err);

/* Effective values. Default: yes for branches of the store; else no redirect_dir, as in kernel overlayfs. */
bool mount_options_redirect_dir(const struct mount_options *o);
bool mount_options_metacopy(const struct mount_options *o);

/* Effective maps of owners; borrowed from *o. */
struct id_map mount_options_uids(const struct mount_options *o);
struct id_map mount_options_gids(const struct mount_options *o);

/* Does `timeout` say that nothing changes but by the mount's own requests? */
bool mount_options_for_ever(const struct mount_options *o);

void mount_options_clear(struct mount_options *o);

#endif
