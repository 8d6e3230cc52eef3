/* SPDX-License-Identifier: Apache-2.0 */
#include "union/creds.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

static uid_t own_uid;
static gid_t own_gid;

/* What this thread is now, so that a caller who is the daemon's own user costs no system call. */
static _Thread_local bool is_other;

/* Somebody whom this thread has been: IDs that it may take once it may always, since its capabilities and its
 * user namespace's map stay. */
static _Thread_local struct {
    bool known;
    uid_t uid;
    gid_t gid;
} been;

void creds_init(void)
{
    own_uid = geteuid();
    own_gid = getegid();
    /* So a change of the file system user ID leaves the capabilities alone (capabilities(7)). */
    (void)prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
}

int creds_as(const struct un_caller *c)
{
    if (c->uid == own_uid && c->gid == own_gid)
        return 0;
    is_other = true;
    if (c->gid != own_gid)
        setfsgid(c->gid);
    if (c->uid != own_uid)
        setfsuid(c->uid);
    if (been.known && been.uid == c->uid && been.gid == c->gid)
        return 0;
    /* They say nothing of failure; asking with an impossible ID tells what is in force. */
    if (setfsgid((gid_t)-1) != (int)c->gid || setfsuid((uid_t)-1) != (int)c->uid) {
        creds_own();
        return -EPERM;
    }
    been.known = true;
    been.uid = c->uid;
    been.gid = c->gid;
    return 0;
}

void creds_own(void)
{
    if (!is_other)
        return;
    setfsuid(own_uid);
    setfsgid(own_gid);
    is_other = false;
}
