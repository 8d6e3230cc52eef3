/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc/self/mountinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "act/mountinfo.h"

static const char text[] = "22 28 0:21 / /proc rw,nosuid,relatime shared:14 - proc proc rw\n"
                           "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
                           "90 28 0:50 / /mnt/a\\040b\\134c ro,nosuid,nodev,relatime shared:3 master:2 - "
                           "fuse.micafs app:1 ro,user_id=0\n"
                           "93 28 0:53 / /mnt/mine ro - fuse.micafs user_id=7 ro,user_id=1000,group_id=5\n"
                           "91 90 0:51 / /mnt/top ro - fuse.micafs first ro\n"
                           "92 91 0:52 / /mnt/top ro - fuse.other  ro\n";

static void test_parse(void **state)
{
    struct mountinfo m = {0};

    (void)state;
    assert_int_equal(mountinfo_parse(text, strlen(text), &m), 0);
    assert_int_equal(m.n, 6);
    assert_int_equal(mountinfo_find(&m, "/mnt/mine")->owner, 1000);
    assert_int_equal(m.entries[0].id, 22);
    assert_string_equal(m.entries[0].mountpoint, "/proc");
    assert_string_equal(m.entries[0].type, "proc");
    assert_string_equal(m.entries[1].source, "/dev/vda1");
    const struct mount_entry *e = mountinfo_find(&m, "/mnt/a b\\c");
    assert_non_null(e);
    assert_int_equal(e->id, 90);
    assert_string_equal(e->source, "app:1");
    assert_int_equal(e->owner, 0);
    assert_int_equal(m.entries[1].owner, -1);
    assert_true(mount_entry_is_mica(e));
    assert_false(mount_entry_is_mica(&m.entries[1]));
    assert_null(mountinfo_find(&m, "/mnt"));
    assert_int_equal(mountinfo_find(&m, "/mnt/top")->id, 92); /* the one on top */
    mountinfo_free(&m);
}

static void test_damaged(void **state)
{
    static const char *const cases[] = {"x\n", "22 28 0:21 / /proc rw\n", "22 28 0:21 / /proc rw - \n",
                                        "1 2 3 4 5 6 7 8\n"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mountinfo m = {.n = 7};
        assert_int_equal(mountinfo_parse(cases[i], strlen(cases[i]), &m), -EUCLEAN);
        assert_int_equal(m.n, 7);
    }
}

/* Every beginning of the text is parsed or refused; nothing is read behind it. */
static void test_cut_short(void **state)
{
    (void)state;
    for (size_t len = 0; len <= strlen(text); len++) {
        char *copy = malloc(len ? len : 1);
        struct mountinfo m = {0};
        memcpy(copy, text, len);
        if (mountinfo_parse(copy, len, &m) == 0)
            mountinfo_free(&m);
        free(copy);
    }
}

static void test_live(void **state)
{
    struct mountinfo m = {0};

    (void)state;
    assert_int_equal(mountinfo_read(&m), 0);
    assert_non_null(mountinfo_find(&m, "/proc"));
    mountinfo_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
