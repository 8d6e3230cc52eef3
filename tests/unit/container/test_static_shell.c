/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs need nothing beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "container/static_shell.h"

static bool is_static(const void *data, size_t len)
{
    int fd = memfd_create("try", MFD_CLOEXEC);

    assert_int_equal(write(fd, data, len), (ssize_t)len);
    bool r = static_program(fd);
    close(fd);
    return r;
}

struct image {
    Elf64_Ehdr head;
    Elf64_Phdr parts[2];
};

static void test_made(void **state)
{
    struct image good = {.head = {.e_type = ET_EXEC,
                                  .e_phoff = sizeof good.head,
                                  .e_phentsize = sizeof(Elf64_Phdr),
                                  .e_phnum = 2}},
                 bad;

    (void)state;
    memcpy(good.head.e_ident, ELFMAG, SELFMAG);
    good.head.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    assert_true(is_static(&good, sizeof good));
    bad = good;
    bad.parts[1].p_type = PT_INTERP;
    assert_false(is_static(&bad, sizeof bad));
    bad = good;
    bad.head.e_phoff = UINT64_MAX - 8;
    assert_false(is_static(&bad, sizeof bad));
    bad = good;
    bad.head.e_phnum = 3; /* beyond the end */
    assert_false(is_static(&bad, sizeof bad));
    bad = good;
    bad.head.e_ident[0] = 'x';
    assert_false(is_static(&bad, sizeof bad));
    assert_false(is_static("#!/bin/sh\n", 10));
    assert_false(is_static("", 0));
}

/* This test is linked as everything is. */
static void test_real(void **state)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_false(static_program(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_made), cmocka_unit_test(test_real)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
