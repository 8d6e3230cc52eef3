/* SPDX-License-Identifier: Apache-2.0 */
#include "union/mount_rights.h"

/* Do the options ask for set-user-ID programs or devices of an image to work? */
static bool asked_for(enum choice said, bool allowed, const struct mount_caller *who)
{
    if (said == CHOICE_NO)
        return false;
    return allowed || (said == CHOICE_YES && !who->mount_fuse);
}

/* Directories are mounted like disks: allowed unless forbidden. A mount by micafs itself, as by container
 * engines, has no devices. */
static void of_directories(const struct mount_options *o, const struct mount_caller *who,
                           struct mount_rights *ret)
{
    bool by_mount8 = who->mount8 || who->mount_fuse;

    ret->suid = o->suid == CHOICE_YES || (o->suid == CHOICE_DEFAULT && (o->allow_suid || who->root));
    ret->dev =
        o->dev == CHOICE_YES || (o->dev == CHOICE_DEFAULT && (o->allow_dev || (who->root && by_mount8)));
}

struct mount_rights mount_options_rights(const struct mount_options *o, const struct mount_caller *who)
{
    struct mount_rights r = {.allow_other = o->allow_other || who->root};

    /* Without the kernel's checks every user of the mount has the daemon's rights. */
    r.default_permissions = o->default_permissions || r.allow_other;
    if (o->lowers.n > 0) {
        of_directories(o, who, &r);
    } else {
        r.suid = asked_for(o->suid, o->allow_suid, who);
        r.dev = asked_for(o->dev, o->allow_dev, who);
    }
    return r;
}
