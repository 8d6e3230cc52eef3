/* SPDX-License-Identifier: Apache-2.0 */
/* Each way in which no mount comes about is told with what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "glue/mount_fault.h"

static void test_lines(void **state)
{
    static const struct {
        int device;
        const char *said;
        bool root;
        const char *has[3];
    } cases[] = {
        {ENOENT, "", true, {"no /dev/fuse", "modprobe fuse", "--device /dev/fuse"}},
        {ENOENT, "fuse: device not found", false, {"no /dev/fuse", "modprobe fuse", ""}},
        {EACCES, "", false, {"Permission denied", "0666", "--device /dev/fuse"}},
        {0,
         "fuse: failed to exec fusermount3: No such file or directory",
         false,
         {"fusermount3 (package fuse3)", "", ""}},
        {0,
         "fusermount3: user has no write access to mountpoint /usr",
         false,
         {"on /m:", "use one of yours", ""}},
        {0,
         "fuse: mount failed: Operation not permitted",
         true,
         {"CAP_SYS_ADMIN", "--cap-add SYS_ADMIN", ""}},
        {0, "fusermount3: mount failed: Operation not permitted", false, {"set-user-ID root", "", ""}},
        {0, "something else", false, {"cannot mount on /m: something else", "", ""}},
        {0, "", true, {"does not say why", "", ""}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {""};
        assert_true(mount_fault("/m", cases[i].device, cases[i].said, cases[i].root, &err) < 0);
        for (size_t k = 0; k < 3; k++)
            if (!strstr(err.text, cases[i].has[k]))
                fail_msg("\"%s\" lacks \"%s\"", err.text, cases[i].has[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
