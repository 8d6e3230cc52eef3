/* SPDX-License-Identifier: Apache-2.0 */
/* JSON on standard output: whatever bytes a name has, a reader gets them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/json_out.h"

static void test_text(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *text, *hex;
    } cases[] = {
        {"plain", 5, "plain", NULL},
        {"gr\303\274n", 5, "gr\303\274n", NULL},
        {"a\377b", 3, "a\357\277\275b", "61ff62"},
        {"", 0, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = json_object();
        assert_int_equal(json_set_text(o, "path", cases[i].in, cases[i].len), 0);
        assert_string_equal(json_string_value(json_object_get(o, "path")), cases[i].text);
        const char *hex = json_string_value(json_object_get(o, "path_hex"));
        if (cases[i].hex)
            assert_string_equal(hex, cases[i].hex);
        else
            assert_null(hex);
        json_decref(o);
    }
}

static void test_null(void **state)
{
    json_t *o = json_object();
    struct digest none = {0};

    (void)state;
    assert_int_equal(json_set_str(o, "a", NULL), 0);
    assert_int_equal(json_set_digest(o, "b", &none), 0);
    assert_true(json_is_null(json_object_get(o, "a")));
    assert_true(json_is_null(json_object_get(o, "b")));
    json_decref(o);
}

static json_t *number(int n)
{
    json_t *o = json_object();
    assert_int_equal(json_set_number(o, "n", (uint64_t)n), 0);
    return o;
}

/* What is written element by element is one JSON text. */
static void test_list(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        char *text = NULL;
        size_t len = 0;
        struct json_list l = {open_memstream(&text, &len), 0};
        assert_non_null(l.out);
        for (int i = 0; i < n; i++)
            assert_int_equal(json_list_add(&l, number(i)), 0);
        assert_int_equal(json_list_end(&l), 0);
        fclose(l.out);
        json_t *read = json_loads(text, 0, NULL);
        assert_true(json_is_array(read));
        assert_int_equal(json_array_size(read), n);
        json_decref(read);
        free(text);
    }
}

static void test_failures(void **state)
{
    struct json_list l = {fopen("/dev/full", "w"), 0};

    (void)state;
    assert_non_null(l.out);
    setvbuf(l.out, NULL, _IONBF, 0);
    assert_int_equal(json_list_add(&l, NULL), -ENOMEM);
    assert_int_equal(json_list_add(&l, number(1)), -EIO);
    assert_int_equal(json_list_end(&l), -EIO);
    assert_int_equal(json_print(l.out, number(1)), -EIO);
    fclose(l.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
