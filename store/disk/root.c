/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>

#include "disk/object.h"
#include "os/beneath.h"
#include "os/cleanup.h"

int store_lock(struct store *s, int operation, struct err *err)
{
    cleanup_fd int fd = beneath_open(s->fd, "lock", O_RDWR | O_CREAT | O_NONBLOCK, 0600);
    int r;

    if (fd < 0)
        return err_errno(err, -fd, "cannot lock the store %s", s->path);
    do
        r = flock(fd, operation);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return err_errno(err, errno, "cannot lock the store %s", s->path);
    return steal_fd(&fd);
}

struct store *store_member(struct store *s, size_t i)
{
    return i == 0 ? s : i <= s->n_also ? s->also[i - 1] : NULL;
}

struct store *store_with(struct store *s, int kind, const struct digest *d)
{
    struct store *member;

    for (size_t i = 0; s->n_also && (member = store_member(s, i)); i++)
        if (object_exists(member, (enum object_kind)kind, d))
            return member;
    return s;
}

int store_open_dir(struct store *s, const char *path)
{
    return beneath_open(s->fd, path, O_RDONLY | O_DIRECTORY, 0);
}

int store_random_id(char ret[STORE_ID_LEN + 1])
{
    uint64_t n;

    if (getrandom(&n, sizeof(n), 0) != sizeof(n))
        return -EIO;
    snprintf(ret, STORE_ID_LEN + 1, "%016llx", (unsigned long long)n);
    return 0;
}
