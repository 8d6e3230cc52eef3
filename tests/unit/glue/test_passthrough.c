/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glue/passthrough.h"

/* ---- a kernel that gives numbers to backing files, or refuses */

static int next_id = 1;    /* of the next file; 0: refused */
static int taken, givenup; /* calls so far */
static int last_fd, last_closed;

int ioctl(int fd, unsigned long request, ...);
int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    void *data;

    (void)fd;
    va_start(args, request);
    data = va_arg(args, void *);
    va_end(args);
    if ((request & 0xff) == 2) {
        givenup++;
        last_closed = *(int32_t *)data;
        return 0;
    }
    memcpy(&last_fd, data, sizeof(int32_t));
    if (next_id == 0) {
        errno = ELOOP;
        return -1;
    }
    taken++;
    return next_id++;
}

static int start(void **state)
{
    next_id = 1;
    taken = givenup = 0;
    *state = passthrough_new(99);
    return *state ? 0 : -1;
}

static int stop(void **state)
{
    passthrough_free(*state);
    return 0;
}

static void opens_as(struct passthrough *p, uint64_t node, bool writes, int fd, enum open_how how,
                     int backing)
{
    enum open_how got;
    int32_t id;

    assert_int_equal(passthrough_open(p, node, writes, fd, &got, &id), 0);
    assert_int_equal(got, how);
    assert_int_equal(id, backing);
}

static void test_straight_until_last_close(void **state)
{
    struct passthrough *p = *state;

    opens_as(p, 5, false, 40, OPEN_STRAIGHT, 1);
    assert_int_equal(last_fd, 40);
    assert_false(passthrough_writes(p, 5));
    /* The same file for all, whatever else is known of it. */
    opens_as(p, 5, true, -1, OPEN_STRAIGHT_WRITES, 1);
    assert_true(passthrough_writes(p, 5));
    opens_as(p, 5, true, 41, OPEN_STRAIGHT, 1);
    assert_int_equal(taken, 1);
    passthrough_close(p, 5);
    passthrough_close(p, 5);
    assert_true(passthrough_writes(p, 5));
    assert_int_equal(givenup, 0);
    passthrough_close(p, 5);
    assert_int_equal(givenup, 1);
    assert_int_equal(last_closed, 1);
    assert_false(passthrough_writes(p, 5));
    opens_as(p, 5, true, 42, OPEN_STRAIGHT_WRITES, 2);
    passthrough_close(p, 5);
}

static void test_cached_until_last_close(void **state)
{
    struct passthrough *p = *state;

    opens_as(p, 5, true, -1, OPEN_CACHED, 0);
    assert_false(passthrough_writes(p, 5));
    /* It has been copied up, but somebody has it open as it was. */
    opens_as(p, 5, true, 40, OPEN_CACHED, 0);
    assert_int_equal(taken, 0);
    passthrough_close(p, 5);
    opens_as(p, 5, false, 40, OPEN_CACHED, 0);
    passthrough_close(p, 5);
    passthrough_close(p, 5);
    opens_as(p, 5, true, 40, OPEN_STRAIGHT_WRITES, 1);
    passthrough_close(p, 5);
    assert_int_equal(givenup, 1);
}

static void test_refused_is_cached_anew(void **state)
{
    struct passthrough *p = *state;

    next_id = 0;
    opens_as(p, 5, true, 40, OPEN_CACHED_ANEW, 0);
    /* What is cached since is right. */
    opens_as(p, 5, true, 40, OPEN_CACHED, 0);
    passthrough_close(p, 5);
    passthrough_close(p, 5);
    assert_int_equal(givenup, 0);
}

static void test_many_nodes(void **state)
{
    struct passthrough *p = *state;
    const uint64_t born = 1ull << 62;

    for (uint64_t i = 1; i <= 20000; i++)
        opens_as(p, i % 2 ? i : born + i, i % 3 == 0, (int)i,
                 i % 3 == 0 ? OPEN_STRAIGHT_WRITES : OPEN_STRAIGHT, (int)i);
    for (uint64_t i = 1; i <= 20000; i++) {
        assert_int_equal(passthrough_writes(p, i % 2 ? i : born + i), i % 3 == 0);
        passthrough_close(p, i % 2 ? i : born + i);
        assert_int_equal(last_closed, (int)i);
        /* A close too many is nobody's. */
        passthrough_close(p, i % 2 ? i : born + i);
    }
    assert_int_equal(taken, 20000);
    assert_int_equal(givenup, 20000);
    /* Opens that are there at the end go with the connection. */
    opens_as(p, 7, false, 1, OPEN_STRAIGHT, 20001);
}

static void test_none(void **state)
{
    (void)state;
    passthrough_free(NULL);
    assert_false(passthrough_writes(NULL, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_straight_until_last_close, start, stop),
        cmocka_unit_test_setup_teardown(test_cached_until_last_close, start, stop),
        cmocka_unit_test_setup_teardown(test_refused_is_cached_anew, start, stop),
        cmocka_unit_test_setup_teardown(test_many_nodes, start, stop),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
