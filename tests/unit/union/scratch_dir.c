/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "scratch_dir.h"

void scratch_make(struct scratch_dir *s)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(s->path, sizeof s->path, "%s/union-XXXXXX", tmp && strlen(tmp) < 64 ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->path));
    s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(s->fd >= 0);
}

void scratch_remove(struct scratch_dir *s)
{
    close(s->fd);
    assert_int_equal(beneath_remove(AT_FDCWD, s->path), 0);
}

int scratch_mkdir(const struct scratch_dir *s, const char *name)
{
    int fd;

    assert_int_equal(mkdirat(s->fd, name, 0755), 0);
    fd = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

void scratch_write(int dirfd, const char *name, const char *content)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

int scratch_is_empty(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);
    const struct dirent *e;
    int n = 0;

    assert_non_null(dir);
    while ((e = readdir(dir)))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n == 0;
}
