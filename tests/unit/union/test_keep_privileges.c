/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "union/keep_privileges.h"

/* struct vfs_cap_data: revision 2, CAP_NET_BIND_SERVICE. */
static const uint32_t capability[5] = {0x02000001, 1u << 10};

static int open_new(const struct scratch_dir *s, mode_t mode)
{
    int fd = openat(s->fd, "f", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    return fd;
}

static mode_t mode_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_mode & 07777;
}

static void test_mode(void **state)
{
    static const mode_t modes[] = {0644, 04755, 06777, 02644, 01600};
    struct scratch_dir s;

    (void)state;
    scratch_make(&s);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct privileges p;
        int fd = open_new(&s, modes[i]);

        assert_int_equal(privileges_look(fd, &p), 0);
        assert_int_equal(fchmod(fd, modes[i] & 01777), 0); /* as a write may do */
        privileges_give_back(fd, &p);
        assert_int_equal(mode_of(fd), modes[i]);
        close(fd);
    }
    scratch_remove(&s);
}

/* The superuser's to give. */
static void test_capability(void **state)
{
    struct scratch_dir s;
    struct privileges p;
    char found[64];
    int fd;

    (void)state;
    if (geteuid() != 0)
        return;
    scratch_make(&s);
    fd = open_new(&s, 0755);
    assert_int_equal(privileges_look(fd, &p), 0);
    assert_true(p.capability_len < 0);
    privileges_give_back(fd, &p);
    assert_int_equal(fgetxattr(fd, "security.capability", found, sizeof found), -1);
    assert_int_equal(fsetxattr(fd, "security.capability", capability, sizeof capability, 0), 0);
    assert_int_equal(privileges_look(fd, &p), 0);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(fgetxattr(fd, "security.capability", found, sizeof found), -1);
    privileges_give_back(fd, &p);
    assert_int_equal(fgetxattr(fd, "security.capability", found, sizeof found), sizeof capability);
    assert_memory_equal(found, capability, sizeof capability);
    close(fd);
    scratch_remove(&s);
}

static void test_no_file(void **state)
{
    struct privileges p;

    (void)state;
    assert_int_equal(privileges_look(-1, &p), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mode),
        cmocka_unit_test(test_capability),
        cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
