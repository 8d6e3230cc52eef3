/* SPDX-License-Identifier: Apache-2.0 */
/* The options that micafs gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "act/daemon_spawn.h"

static void test_options(void **state)
{
    static const struct {
        struct daemon_request request;
        const char *text;
    } cases[] = {
        {{"/s", NULL, "app:1", NULL, NULL, NULL, "/mnt", false, NULL}, "store=/s,image=app:1"},
        {{"/s", NULL, "app:1", NULL, NULL, "", "/mnt", false, NULL}, "store=/s,image=app:1"},
        {{"/s", NULL, "app:1", NULL, NULL, "allow_other,ro", "/mnt", false, NULL},
         "store=/s,image=app:1,allow_other,ro"},
        {{"/a,b\\c", NULL, "x", NULL, NULL, "o=1\\,2", "/mnt", false, NULL},
         "store=/a\\,b\\\\c,image=x,o=1\\,2"},
        {{"/s", NULL, "a", "work", "missing", NULL, "/mnt", false, NULL},
         "store=/s,image=a,branch=work,branch_make=missing"},
        {{"/s", NULL, NULL, "work", NULL, "ro", "/mnt", false, NULL}, "store=/s,branch=work,ro"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF_INIT;
        assert_int_equal(daemon_options(&cases[i].request, &b), 0);
        assert_string_equal(buf_str(&b), cases[i].text);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
