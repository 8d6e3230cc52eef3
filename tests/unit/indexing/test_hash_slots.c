/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "indexing/hash_slots.h"

static bool has(const struct hash_slots *t, uint64_t hash, uint32_t number)
{
    struct hash_probe p = hash_slots_probe(t, hash);
    uint32_t n;

    while ((n = hash_probe_next(&p)) > 0 && n != number)
        ;
    return n == number;
}

static uint64_t all_over(uint32_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* At the end of a part's range: searches go on at its beginning. */
static uint64_t at_the_end(uint32_t number)
{
    return UINT64_C(0xfffffff0) + number % 16;
}

static uint64_t of_two_parts(uint32_t number)
{
    return all_over(number) >> 32 | (uint64_t)(number & 1) << 63;
}

/* Numbers are found by their hashes, and by no others. */
static void finds_what_was_added(void **state)
{
    static const struct {
        uint64_t (*hash)(uint32_t number);
        uint32_t n;
    } rows[] = {{all_over, 300000}, {at_the_end, 2000}, {of_two_parts, 100000}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct hash_slots t = {0};

        assert_false(has(&t, rows[i].hash(1), 1));
        for (uint32_t n = 1; n <= rows[i].n; n++)
            assert_int_equal(hash_slots_add(&t, rows[i].hash(n), n), 0);
        for (uint32_t n = 1; n <= rows[i].n; n++) {
            assert_true(has(&t, rows[i].hash(n), n));
            assert_false(has(&t, rows[i].hash(n) ^ 0x10, n));
        }
        hash_slots_free(&t);
        assert_false(has(&t, rows[i].hash(1), 1));
    }
}

/* It is for memory that this exists. */
static void keeps_slots_close_to_numbers(void **state)
{
    struct hash_slots t = {0};

    (void)state;
    for (uint32_t n = 1; n <= 1000000; n++) {
        uint64_t slots = 0;

        assert_int_equal(hash_slots_add(&t, all_over(n), n), 0);
        if (n < 10000 || n % 1000)
            continue;
        for (unsigned i = 0; i < HASH_SLOTS_PARTS; i++)
            slots += t.parts[i].size;
        assert_true(slots < n + n / 5 * 3);
    }
    hash_slots_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(keeps_slots_close_to_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
