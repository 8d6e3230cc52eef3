/* SPDX-License-Identifier: Apache-2.0 */
/* What is answered to the question at the end of mica shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "verb/shell_end.h"

static void answers_are_understood(void **state)
{
    static const struct {
        const char *line;
        enum shell_answer answer;
        const char *name;
    } cases[] = {
        {"", SHELL_KEEP_BRANCH, NULL},
        {"\n", SHELL_KEEP_BRANCH, NULL},
        {" \t\r\n", SHELL_KEEP_BRANCH, NULL},
        {"n\n", SHELL_UNCLEAR, NULL},
        {"d\n", SHELL_UNCLEAR, NULL},
        {"delete\n", SHELL_DELETE, NULL},
        {"no", SHELL_DELETE, NULL},
        {"l\n", SHELL_LIST, NULL},
        {"list\n", SHELL_LIST, NULL},
        {"b\n", SHELL_KEEP_BRANCH, NULL},
        {"  b   work \n", SHELL_KEEP_BRANCH, "work"},
        {"branch work", SHELL_KEEP_BRANCH, "work"},
        {"i app:2\n", SHELL_KEEP_IMAGE, "app:2"},
        {"image app:2\n", SHELL_KEEP_IMAGE, "app:2"},
        /* What is not clear throws nothing away. */
        {"i\n", SHELL_UNCLEAR, NULL},
        {"y\n", SHELL_UNCLEAR, NULL},
        {"yes\n", SHELL_UNCLEAR, NULL},
        {"B\n", SHELL_UNCLEAR, NULL},
        {"n work\n", SHELL_UNCLEAR, "work"},
        {"delete work\n", SHELL_UNCLEAR, "work"},
        {"l work\n", SHELL_UNCLEAR, "work"},
        {"b my work\n", SHELL_UNCLEAR, "my"},
        {"i app 2\n", SHELL_UNCLEAR, "app"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[64];
        const char *name;

        snprintf(line, sizeof line, "%s", cases[i].line);
        assert_int_equal(shell_answer_parse(line, &name), cases[i].answer);
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_null(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_are_understood)};

    return cmocka_run_group_tests_name("shell_end", tests, NULL, NULL);
}
