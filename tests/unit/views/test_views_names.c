/* SPDX-License-Identifier: Apache-2.0 */
/* A view is found by exactly its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "views/views_names.h"

enum { LAYERS = 120 };

static const uint8_t digests[LAYERS][32] = {[0] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}, [99] = {0xff}};
static struct merge_layer layers[LAYERS];
static const struct view_stack stack = {.n = LAYERS, .layers = layers, .tmp = -1};

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYERS; i++)
        layers[i] = (struct merge_layer){.digest = digests[i], .digest_len = 32};
    return 0;
}

static void test_every_name_is_found(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < VIEW_KINDS; kind++)
        for (uint32_t i = 0; i < LAYERS; i++) {
            char name[VIEWS_NAME_MAX];
            size_t len = views_name(&stack, (enum view_kind)kind, i, name);
            uint32_t found = LAYERS;

            assert_int_equal(len, strlen(name));
            assert_true(views_name_find(&stack, (enum view_kind)kind, name, len, &found));
            assert_int_equal(found, i);
        }
}

static void test_names(void **state)
{
    char name[VIEWS_NAME_MAX];

    (void)state;
    views_name(&stack, VIEW_LAYER, 0, name);
    assert_string_equal(name, "1-0123456789ab");
    views_name(&stack, VIEW_LAYER, 99, name);
    assert_string_equal(name, "100-ff0000000000");
    views_name(&stack, VIEW_UPTO, 11, name);
    assert_string_equal(name, "12");
    views_name(&stack, VIEW_HIDDEN, 0, name);
    assert_string_equal(name, "1");
    assert_string_equal(views_top_name(0), "root");
    assert_string_equal(views_top_name(1 + VIEW_LAYER), "layers");
    assert_string_equal(views_top_name(1 + VIEW_UPTO), "upto");
    assert_string_equal(views_top_name(1 + VIEW_HIDDEN), "hidden");
}

static void test_other_names(void **state)
{
    static const struct {
        enum view_kind kind;
        const char *name;
    } others[] = {
        {VIEW_UPTO, ""},
        {VIEW_UPTO, "0"},
        {VIEW_UPTO, "01"},
        {VIEW_UPTO, "121"},
        {VIEW_UPTO, "+1"},
        {VIEW_UPTO, "-1"},
        {VIEW_UPTO, " 1"},
        {VIEW_UPTO, "1 "},
        {VIEW_UPTO, "1x"},
        {VIEW_UPTO, "4294967297"}, /* 1 in 32 bits */
        {VIEW_UPTO, "1-0123456789ab"},
        {VIEW_LAYER, "1"},
        {VIEW_LAYER, "1-"},
        {VIEW_LAYER, "1-0123456789AB"},
        {VIEW_LAYER, "1-0123456789a"},
        {VIEW_LAYER, "1-0123456789abc"},
        {VIEW_LAYER, "2-0123456789ab"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint32_t found;

        if (views_name_find(&stack, others[i].kind, others[i].name, strlen(others[i].name), &found))
            fail_msg("\"%s\" is found", others[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_found),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_other_names),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
