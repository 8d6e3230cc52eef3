/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as an image names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "container/signal_name.h"

static void test_names(void **state)
{
    const struct {
        const char *name;
        int number;
    } cases[] = {
        {"SIGTERM", SIGTERM},
        {"TERM", SIGTERM},
        {"sigquit", SIGQUIT},
        {"15", 15},
        {"9", 9},
        {"SIGRTMIN", SIGRTMIN},
        {"RTMIN+3", SIGRTMIN + 3},
        {"SIGRTMIN+0", SIGRTMIN},
        {"0", 0},
        {"", 0},
        {"SIG", 0},
        {"SIGNONE", 0},
        {"1000", 0},
        {"-1", 0},
        {"15x", 0},
        {"RTMIN+", 0},
        {"RTMIN+99", 0},
        {"RTMIN-1", 0},
        {"SIGRTMINX", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(signal_number(cases[i].name), cases[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
