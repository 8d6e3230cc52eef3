/* SPDX-License-Identifier: Apache-2.0 */
/* The states of mounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "act/mount_state.h"

static void test_states(void **state)
{
    static const struct {
        struct mount_facts facts;
        const char *state;
    } cases[] = {
        {{true, false, 1}, "mounted"},    {{true, false, 0}, "mounted"},     {{true, true, 0}, "mounted"},
        {{false, true, 0}, "container"},  {{false, true, -2}, "container"},  {{false, false, 1}, "ending"},
        {{false, false, 0}, "elsewhere"}, {{false, false, -2}, "elsewhere"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mount_state(&cases[i].facts), cases[i].state);
    assert_string_equal(mount_state_unleased(-1, 1000), "no lease");
    assert_string_equal(mount_state_unleased(1000, 1000), "no lease");
    assert_string_equal(mount_state_unleased(0, 1000), "another user's");
    assert_string_equal(mount_state_unleased(1000, 0), "another user's");
}

static void test_same_space(void **state)
{
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(mount_same_space(getpid()), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(mount_same_space(child) < 0); /* it has ended */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_states), cmocka_unit_test(test_same_space)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
