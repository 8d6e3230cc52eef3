/* SPDX-License-Identifier: Apache-2.0 */
/* The options that micafs gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/daemon_spawn.h"

static void test_options(void **state)
{
    static const struct {
        const char *store, *image, *options, *text;
    } cases[] = {
        {"/s", "app:1", NULL, "store=/s,image=app:1"},
        {"/s", "app:1", "", "store=/s,image=app:1"},
        {"/s", "app:1", "allow_other,ro", "store=/s,image=app:1,allow_other,ro"},
        {"/a,b\\c", "x", "o=1\\,2", "store=/a\\,b\\\\c,image=x,o=1\\,2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF_INIT;
        const struct daemon_request req = {cases[i].store, cases[i].image, cases[i].options, "/mnt"};
        assert_int_equal(daemon_options(&req, &b), 0);
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
