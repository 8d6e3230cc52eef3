/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>

#include "union/ref_counts.h"

static void test_counts(void **state)
{
    static const uint64_t ids[] = {0, 1, 511, 512, 1ull << 31, 1ull << 62, UINT64_MAX};
    struct ref_counts *c = ref_counts_new();

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(ref_counts_get(c, ids[i]), 0);
        ref_counts_drop(c, ids[i], 5); /* nothing there */
        assert_int_equal(ref_counts_add(c, ids[i], (uint32_t)i + 1, i % 2), 0);
        assert_int_equal(ref_counts_add(c, ids[i], 1, i % 3 == 0), 0);
    }
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(ref_counts_get(c, ids[i]), i + 2);
        assert_int_equal(ref_counts_large(c, ids[i]), i % 3 == 0); /* what was said last */
    }
    ref_counts_drop(c, 511, 1);
    assert_int_equal(ref_counts_get(c, 511), 3);
    ref_counts_drop(c, 511, UINT64_MAX); /* more than there is */
    assert_int_equal(ref_counts_get(c, 511), 0);
    assert_false(ref_counts_large(c, 2)); /* never heard of */
    assert_int_equal(ref_counts_get(c, 1), 3);
    ref_counts_free(c);
    ref_counts_free(NULL);
}

/* What a walk has taken is given back when the kernel forgets, in any order. */
static void test_memory(void **state)
{
    enum { MANY = 1000000 };
    struct ref_counts *c = ref_counts_new();
    size_t before = mallinfo2().uordblks, most;

    (void)state;
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(ref_counts_add(c, i, 1, false), 0);
    most = mallinfo2().uordblks;
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(ref_counts_get(c, i), 1);
    for (uint64_t i = 0; i < MANY; i++)
        ref_counts_drop(c, (i * 7919) % MANY, 1);
    for (uint64_t i = 0; i < MANY; i += 997)
        assert_int_equal(ref_counts_get(c, i), 0);
    if (before > 0) { /* sanitizers have an allocator of their own */
        assert_true(most - before < 5 * (size_t)MANY);
        assert_true(mallinfo2().uordblks - before < (size_t)64 << 10); /* the table of chains */
    }
    ref_counts_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
