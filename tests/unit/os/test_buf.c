/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "os/buf.h"

static void grows_over_every_size(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);

        assert_int_equal(buf_append(&b, &c, 1), 0);
    }
    assert_int_equal(b.len, 5000);
    assert_true(b.cap >= b.len);
    for (size_t i = 0; i < b.len; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
}

static void keeps_bytes_of_any_kind(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    assert_int_equal(buf_append(&b, "a\0b", 3), 0);
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    assert_int_equal(buf_append(&b, "\xff\n", 2), 0);
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "a\0b\xff\n", 5);
}

static void prints_behind_what_is_there(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    assert_int_equal(buf_printf(&b, "%d", 12), 0);
    assert_int_equal(buf_printf(&b, "-%300s", "x"), 0);
    assert_int_equal(b.len, 303);
    assert_memory_equal(b.data, "12- ", 4);
    assert_int_equal(b.data[302], 'x');
}

static void ends_text_without_counting_the_end(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(b.len, 0);
    for (int i = 0; i < 64; i++) { /* 64 bytes fill the first allocation: the NUL needs room of its own */
        assert_int_equal(buf_append(&b, "x", 1), 0);
        assert_int_equal(strlen(buf_str(&b)), i + 1);
        assert_int_equal(b.len, i + 1);
    }
}

static void refuses_what_no_memory_can_hold(void **state)
{
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    assert_int_equal(buf_append(&b, "abc", 3), 0);
    assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
    assert_int_equal(buf_reserve(&b, SIZE_MAX / 2), -ENOMEM);
    assert_int_equal(b.len, 3);
    assert_string_equal(buf_str(&b), "abc");
}

static void is_empty_and_usable_once_freed(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_free(&b);
    assert_int_equal(buf_append(&b, "abc", 3), 0);
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len + b.cap, 0);
    assert_int_equal(buf_append(&b, "d", 1), 0);
    assert_string_equal(buf_str(&b), "d");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_over_every_size),
        cmocka_unit_test(keeps_bytes_of_any_kind),
        cmocka_unit_test(prints_behind_what_is_there),
        cmocka_unit_test(ends_text_without_counting_the_end),
        cmocka_unit_test(refuses_what_no_memory_can_hold),
        cmocka_unit_test(is_empty_and_usable_once_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
