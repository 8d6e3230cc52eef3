/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explore/keys.h"

static void test_panes(void **state)
{
    (void)state;
    assert_int_equal(keys_command('q', PANE_TREE), COMMAND_QUIT);
    assert_int_equal(keys_command('j', PANE_LAYERS), COMMAND_DOWN);
    assert_int_equal(keys_command('v', PANE_LAYERS), COMMAND_RANGE);
    assert_int_equal(keys_command('v', PANE_TREE), COMMAND_VIEW);
    assert_int_equal(keys_command(EXKEY_CTRL('A'), PANE_LAYERS), COMMAND_ALL_BELOW);
    assert_int_equal(keys_command(EXKEY_CTRL('A'), PANE_TREE), COMMAND_SHOW_ADDED);
    assert_int_equal(keys_command(' ', PANE_LAYERS), COMMAND_NONE);
    assert_int_equal(keys_command(0, PANE_TREE), COMMAND_NONE);
    assert_int_equal(keys_command(0x4e2d, PANE_TREE), COMMAND_NONE);
}

/* No key means two things in one pane, every command has a key and a line of help, and every key a name. */
static void test_table(void **state)
{
    const struct key_binding *all = keys_table();
    char name[KEY_NAME_MAX];

    (void)state;
    for (const struct key_binding *b = all; b->command != COMMAND_NONE; b++) {
        assert_non_null(b->help);
        assert_true(b->keys[0] != 0);
        for (size_t i = 0; i < KEYS_OF_COMMAND && b->keys[i]; i++) {
            assert_string_not_equal(keys_name(b->keys[i], name), b->keys[i] == '?' ? "" : "?");
            for (int pane = PANE_LAYERS; pane <= PANE_TREE; pane++) {
                if (b->pane & (enum explore_pane)pane)
                    assert_int_equal(keys_command(b->keys[i], (enum explore_pane)pane), b->command);
            }
        }
    }
    for (enum explore_command c = COMMAND_QUIT; c <= COMMAND_REDRAW; c++) {
        const struct key_binding *b = all;

        while (b->command != COMMAND_NONE && b->command != c)
            b++;
        assert_int_equal(b->command, c);
    }
    assert_string_equal(keys_name(EXKEY_CTRL('F'), name), "Ctrl-F");
    assert_string_equal(keys_name(EXKEY_NUL, name), "Ctrl-Space");
    assert_string_equal(keys_name('n', name), "n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_panes), cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
