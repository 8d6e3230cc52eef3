/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `-o` says. Pure: text in, record out; the text is anybody's.
 *
 * Four kinds of words come: micafs's own, named as in kernel overlayfs and fuse-overlayfs (lowerdir=,
 * timeout=, ...); those for mount(2) and the FUSE library, which are passed on; those that ask for what is so
 * anyhow, or that mount(8) and fstab use among themselves, which are taken without a word; and unknown ones,
 * which the caller mentions and ignores, as container engines expect it.
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

/* Said, said not, or not spoken of. */
enum choice {
    CHOICE_DEFAULT,
    CHOICE_NO,
    CHOICE_YES,
};

/* How the daemon waits for requests: always in one way, or as it finds best. */
enum wakeup {
    WAKEUP_LOOK,
    WAKEUP_FOLLOW,
    WAKEUP_AUTO,
};

/* What becomes of a branch that is not there, and of one that is. */
enum branch_make {
    BRANCH_MAKE_NEVER,
    BRANCH_MAKE_MISSING,
    BRANCH_MAKE_NEW,       /* refused when it is there */
    BRANCH_MAKE_TEMPORARY, /* the same, and it is gone after the mount */
};

struct mount_options {
    struct text_list lowers; /* topmost first */
    char *image, *store;     /* NULL when not given, like all strings here */
    char *upperdir, *workdir;
    char *branch; /* a name in the store */
    enum branch_make branch_make;
    enum choice nfs_export;
    enum choice redirect_dir, metacopy; /* as said; what follows: mount_options_redirect_dir, _metacopy */
    bool userxattr, is_volatile;
    bool insecure_dirs; /* as root on directories that others own or may write to */
    bool no_redirects;  /* redirect_dir=nofollow */
    bool keep_owners;   /* xattr_permissions=2: owners, modes and types go into an attribute (override.h) */
    struct id_map uids, gids; /* as said; what follows: mount_options_uids, _gids */
    bool squash_to_root;
    bool static_nlink;
    enum wakeup wakeup; /* how the daemon waits for requests */
    bool passthrough;   /* opens go straight to the content where they may */
    bool no_sync;       /* fsync=0: as is_volatile, but without a mark */
    bool read_only;
    char *fsname, *subtype;
    bool has_timeout;
    double timeout; /* seconds */
    bool threaded;
    unsigned max_idle_threads; /* 0: not given */
    enum choice suid, dev;
    bool allow_suid,
        allow_dev; /* as suid and dev, which mount(8) keeps to itself; what follows: mount_rights.h */
    bool allow_other, default_permissions;
    bool owner_said;   /* user_id= or group_id=, which only the library may say of a new mount */
    bool remount;      /* change the mount that is there (remount.h) */
    unsigned max_read; /* bytes of a READ; 0: not given */
    bool noacl, debug;
    struct text_list passed;  /* NAME or NAME=VALUE for libfuse and mount(2), escaped as they came */
    struct text_list unknown; /* as they came */
};

/* Adds the options in `text` to *o, which starts as {0}; a later word wins over an earlier one. -EINVAL with
 * a line in `err` for a value that means nothing or an option that cannot be honoured. */
int mount_options_parse(struct mount_options *o, const char *text, struct err *err);

/* Once all words are in: do they make sense together? */
int mount_options_check(const struct mount_options *o, struct err *err);

/* Are directories of lower layers renamed by redirects, and files copied up without their data? Where nothing
 * is said: yes for branches of the store; for directories no, as in kernel overlayfs. */
bool mount_options_redirect_dir(const struct mount_options *o);
bool mount_options_metacopy(const struct mount_options *o);

/* How owners are shown; borrowed from *o. */
struct id_map mount_options_uids(const struct mount_options *o);
struct id_map mount_options_gids(const struct mount_options *o);

void mount_options_clear(struct mount_options *o);

#endif
