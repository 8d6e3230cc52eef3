/* SPDX-License-Identifier: Apache-2.0 */
/* Times as images have them; whatever is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "show/rfc3339.h"

static void test_times(void **state)
{
    static const struct {
        const char *text;
        long long seconds;
        long nanoseconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"0001-01-01T00:00:00Z", -62135596800, 0}, /* what Go writes for no time */
        {"2024-05-06T07:08:09Z", 1714979289, 0},
        {"2024-05-06T09:08:09.5+02:00", 1714979289, 500000000},
        {"2024-05-06t07:08:09.123456789z", 1714979289, 123456789},
        {"2024-05-06T07:08:09.1234567891Z", 1714979289, 123456789},
        {"2024-02-29T23:59:60-00:30", 1709253000, 0},
        {"9999-12-31T23:59:59Z", 253402300799, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timespec t = {-1, -1};
        assert_int_equal(rfc3339_parse(cases[i].text, &t), 0);
        assert_int_equal(t.tv_sec, cases[i].seconds);
        assert_int_equal(t.tv_nsec, cases[i].nanoseconds);
    }
}

static void test_no_times(void **state)
{
    static const char *const cases[] = {
        "",
        "2024",
        "2024-05-06",
        "2024-05-06 07:08:09Z",
        "2024-05-06T07:08:09",
        "2024-05-06T07:08:09.Z",
        "2024-05-06T07:08:09Z ",
        "2024-05-06T07:08:09+0200",
        "2024-05-06T07:08:09+24:00",
        "2024-13-06T07:08:09Z",
        "2024-04-31T00:00:00Z",
        "2023-02-29T07:08:09Z",
        "2024-05-06T24:00:00Z",
        "+024-05-06T07:08:09Z",
        "2024-05-06T07:08:61Z",
        "20240-05-06T07:08:09Z",
        "yesterday",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timespec t;
        assert_int_equal(rfc3339_parse(cases[i], &t), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_no_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
