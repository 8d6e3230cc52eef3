/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/branch_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "disk/branch_text.h"
#include "os/cleanup.h"
#include "os/fd.h"

int branch_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

bool branch_is_locked(int fd)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int branch_read(int fd, const char *name, struct branch_info *ret, struct err *err)
{
    cleanup_free char *text = NULL;
    size_t len;
    int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_slurp(fd, BRANCH_MAX_BYTES, &text, &len);

    if (r == 0)
        r = branch_text_parse(text, len, ret);
    if (r == -EPROTONOSUPPORT)
        return err_set(err, -r, "branch %s was created by a newer mica", name);
    if (r == -EUCLEAN || r == -EFBIG)
        return err_set(err, EUCLEAN, "the " BRANCH_FILE " of branch %s is damaged", name);
    return r < 0 ? err_errno(err, -r, "cannot read the " BRANCH_FILE " of branch %s", name) : 0;
}
