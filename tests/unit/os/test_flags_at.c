/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/flags_at.h"

/* Is what is told of a name what FS_IOC_GETFLAGS tells of the open file? */
static void check(int dir, const char *name, int fd)
{
    unsigned flags;
    int asked, r = flags_at(dir, name, &flags);

    if (r == -EOPNOTSUPP)
        return;
    assert_int_equal(r, 0);
    assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &asked), 0);
    assert_int_equal(flags, (unsigned)asked & FLAGS_AT_ALL);
}

static void flags_of_names(void **state)
{
    char base[] = "/var/tmp/flags-at-XXXXXX";
    int dir, file, noatime = FS_NOATIME_FL | FS_SYNC_FL, none = 0;
    unsigned flags;

    (void)state;
    assert_non_null(mkdtemp(base));
    dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    file = openat(dir, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(dir >= 0 && file >= 0);
    check(dir, "file", file);
    check(dir, ".", dir);
    if (ioctl(file, FS_IOC_SETFLAGS, &noatime) == 0) {
        check(dir, "file", file);
        assert_true(flags_at(dir, "file", &flags) == -EOPNOTSUPP || flags == (unsigned)noatime);
        assert_int_equal(ioctl(file, FS_IOC_SETFLAGS, &none), 0);
    }
    assert_int_equal(symlinkat("file", dir, "link"), 0);
    assert_int_equal(flags_at(dir, "link", &flags), -EOPNOTSUPP);
    if (flags_at(dir, "file", &flags) == 0)
        assert_int_equal(flags_at(dir, "nothing", &flags), -ENOENT);
    assert_int_equal(unlinkat(dir, "link", 0), 0);
    assert_int_equal(unlinkat(dir, "file", 0), 0);
    close(file);
    close(dir);
    assert_int_equal(rmdir(base), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(flags_of_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
