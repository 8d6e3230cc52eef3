/* SPDX-License-Identifier: Apache-2.0 */
#include "union/keep_privileges.h"

#include <errno.h>
#include <sys/xattr.h>

#define CAPABILITY "security.capability"

int privileges_look(int fd, struct privileges *ret)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    ret->mode = st.st_mode;
    ret->capability_len = fgetxattr(fd, CAPABILITY, ret->capability, sizeof ret->capability);
    return 0;
}

void privileges_give_back(int fd, const struct privileges *p)
{
    if (p->mode & (S_ISUID | S_ISGID))
        (void)fchmod(fd, p->mode & 07777);
    if (p->capability_len > 0)
        (void)fsetxattr(fd, CAPABILITY, p->capability, (size_t)p->capability_len, 0);
}
