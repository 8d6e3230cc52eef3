/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "act/fuse_conf.h"

static void a_line_of_its_own_allows_others(void **state)
{
    static const struct {
        const char *text;
        bool allows;
    } cases[] = {
        {"", false},
        {"user_allow_other", true},
        {"user_allow_other\n", true},
        {" \tuser_allow_other \n", true},
        {"mount_max = 1000\nuser_allow_other # for root, too\n", true},
        {"#user_allow_other\n", false},
        {"# user_allow_other\n", false},
        {"user_allow_others\n", false},
        {"user_allow_other_too\n", false},
        {"x user_allow_other\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];

        snprintf(text, sizeof text, "%s", cases[i].text);
        if (fuse_conf_text_allows_other(text) != cases[i].allows)
            fail_msg("%s", cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_its_own_allows_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
