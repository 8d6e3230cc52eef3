/* SPDX-License-Identifier: Apache-2.0 */
/* Answers handed over through a pipe: every one arrives once or, where the receiver rescued it, at least
 * once, and whole; nothing is lost when the replier gets no processor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "glue/processor.h"
#include "glue/replier.h"

#define ANSWERS 20000

struct pair {
    int ends[2]; /* keeps the borders of messages */
    struct replier *r;
};

static int set_up(void **state)
{
    struct pair *p = calloc(1, sizeof *p);

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->ends), 0);
    p->r = replier_new(p->ends[0]);
    assert_non_null(p->r);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *p = *state;

    replier_free(p->r);
    close(p->ends[0]);
    close(p->ends[1]);
    free(p);
    return 0;
}

static void place(struct pair *p)
{
    cpu_set_t cpus;

    assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    assert_int_equal(replier_place(p->r, &cpus), 0);
}

static bool put(struct pair *p, uint64_t number, size_t len)
{
    char body[REPLIER_ANSWER_MAX];
    struct iovec iov[2] = {{&number, sizeof number}, {body, len - sizeof number}};

    memset(body, (int)(number % 251), sizeof body);
    return replier_put(p->r, iov, 2);
}

static void test_no_thread_takes_nothing(void **state)
{
    assert_false(put(*state, 1, 100));
    assert_false(replier_is_pending(((struct pair *)*state)->r));
}

static void test_too_long_is_not_taken(void **state)
{
    place(*state);
    assert_false(put(*state, 1, REPLIER_ANSWER_MAX + 1));
    assert_true(put(*state, 1, REPLIER_ANSWER_MAX));
}

static uint64_t take(struct pair *p, size_t expected)
{
    static char buf[REPLIER_ANSWER_MAX];
    uint64_t number;

    assert_int_equal(recv(p->ends[1], buf, sizeof buf, 0), expected);
    memcpy(&number, buf, sizeof number);
    for (size_t i = sizeof number; i < expected; i++)
        assert_int_equal((unsigned char)buf[i], number % 251);
    return number;
}

static void test_one_after_the_other(void **state)
{
    struct pair *p = *state;

    place(p);
    for (uint64_t n = 0; n < ANSWERS; n++) {
        size_t len = 16 + (size_t)(n * 7919 % 4000);

        /* The replier may not have come back from its last writes yet. */
        while (!put(p, n, len))
            sched_yield();
        assert_int_equal(take(p, len), n);
    }
}

/* The receiver writes as well, at any moment: each answer comes, at most twice. */
static void test_rescued(void **state)
{
    struct pair *p = *state;
    unsigned seen[256] = {0};
    uint64_t n;

    place(p);
    for (uint64_t i = 0; i < 256; i++) {
        while (!put(p, i, 64))
            sched_yield();
        replier_rescue(p->r);
        assert_false(replier_is_pending(p->r));
        n = take(p, 64);
        seen[n]++;
        while (recv(p->ends[1], &n, sizeof n, MSG_PEEK | MSG_DONTWAIT) > 0)
            seen[take(p, 64)]++;
    }
    replier_free(p->r);
    p->r = NULL;
    while (recv(p->ends[1], &n, sizeof n, MSG_PEEK | MSG_DONTWAIT) > 0)
        seen[take(p, 64)]++;
    for (unsigned i = 0; i < 256; i++)
        assert_in_range(seen[i], 1, 2);
}

/* Nothing is left behind when the replier ends. */
static void test_the_end_writes_all(void **state)
{
    struct pair *p = *state;
    bool seen[4] = {false};
    unsigned taken = 0;
    uint64_t n;

    place(p);
    while (taken < 4 && put(p, taken, 64))
        taken++;
    assert_true(taken > 0);
    replier_free(p->r);
    p->r = NULL;
    while (recv(p->ends[1], &n, sizeof n, MSG_PEEK | MSG_DONTWAIT) > 0)
        seen[take(p, 64)] = true;
    for (unsigned i = 0; i < taken; i++)
        assert_true(seen[i]);
}

static void test_processor_parse(void **state)
{
    static const struct {
        const char *stat;
        int cpu;
    } cases[] = {
        {"1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 "
         "36 37 38 3 40",
         3},
        {"1 (a) b) 3 (c) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 "
         "33 34 35 36 37 38 12\n",
         12},
        {"1 (a) S 4 5 6 7 8 9", -1},
        {"1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 "
         "36 37 38 ",
         -1},
        {"1 (a)", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(processor_parse(cases[i].stat), cases[i].cpu);
}

static void test_processor_of(void **state)
{
    cpu_set_t all, one;
    int cpu = sched_getcpu();

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(processor_of(getpid()), cpu);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_int_equal(processor_of(INT32_MAX), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_thread_takes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rescued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_writes_all, set_up, tear_down),
        cmocka_unit_test(test_processor_parse),
        cmocka_unit_test(test_processor_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
