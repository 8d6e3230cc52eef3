/* SPDX-License-Identifier: Apache-2.0 */
#include "union/creds.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

static uid_t own_uid;
static gid_t own_gid;

/* Ids in force in this thread: no system call if the caller is the daemon's own user. */
static _Thread_local bool is_other;

/* Ids that this thread has taken before: allowed again, since its capabilities and its user namespace's map
 * stay. */
static _Thread_local struct {
    bool known;
    uid_t uid;
    gid_t gid;
} been;

void creds_init(void)
{
    own_uid = geteuid();
    own_gid = getegid();
    /* A change of the file system user ID must leave the capabilities alone (capabilities(7)). */
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
    /* setfsuid(2) and setfsgid(2) do not report failure; a call with an invalid ID returns the current
     * one. */
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
