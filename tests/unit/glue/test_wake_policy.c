/* SPDX-License-Identifier: Apache-2.0 */
/* The policy against traces: what each way costs is given, and the policy must find the cheaper one, pay
 * little for finding out, and leave at once when it is late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "glue/wake_measure.h"
#include "glue/wake_policy.h"
#include <cmocka.h>

/* A machine and what runs on it, for so many windows. */
struct trace {
    const char *name;
    unsigned windows;
    uint64_t look_ns, follow_ns; /* mean cycle of a request, as measured */
    bool late;                   /* following is always late */
    bool can_follow, hands_over;
    enum wake_way expected; /* at the end */
    unsigned at_most_other; /* windows in the way that is not expected, per 1,000 */
};

/* Mean cycles in ns. Those of the second are of LOOKUP on a machine with the cpuidle driver haltpoll. */
static const struct trace traces[] = {
    {"virtual machine, one program", 1000, 31000, 12000, false, true, false, WAKE_FOLLOW, 40},
    {"waking is cheap", 10000, 12030, 17720, false, true, false, WAKE_LOOK, 20},
    {"as good, within a tenth", 10000, 10000, 9200, false, true, false, WAKE_LOOK, 20},
    {"two readers", 10000, 14000, 25000, false, true, false, WAKE_LOOK, 20},
    {"a busy processor", 10000, 30000, 12000, true, true, false, WAKE_LOOK, 10},
    {"programs of another PID namespace", 1000, 31000, 12000, false, false, false, WAKE_LOOK, 0},
    {"under SCHED_IDLE, a third cheaper", 1000, 19000, 12500, false, true, false, WAKE_FOLLOW, 40},
    {"handed over, an eighth cheaper in trials", 10000, 19000, 16600, false, true, true, WAKE_LOOK, 20},
    {"handed over, much cheaper", 1000, 60000, 20000, false, true, true, WAKE_FOLLOW, 40},
};

static enum wake_way step(struct wake_policy *p, const struct trace *t)
{
    struct wake_window w = {.cycle_ns = p->way == WAKE_LOOK ? t->look_ns : t->follow_ns,
                            .late = p->way == WAKE_FOLLOW && t->late,
                            .can_follow = t->can_follow,
                            .hands_over = t->hands_over};

    return wake_policy_learn(p, &w);
}

static void test_traces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        const struct trace *t = &traces[i];
        struct wake_policy p = wake_policy_new();
        unsigned other = 0;

        print_message("%s\n", t->name);
        for (unsigned n = 0; n < t->windows; n++)
            other += step(&p, t) != t->expected;
        assert_true(other * 1000 <= t->at_most_other * t->windows);
    }
}

/* From one machine to another, as when a second program starts, and back. */
static void test_changes_are_noticed(void **state)
{
    struct wake_policy p = wake_policy_new();

    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        const struct trace *t = &traces[round % 2 == 0 ? 0 : 3];
        unsigned n = 0;

        wake_policy_rest(&p);
        while (step(&p, t) != t->expected || p.trial > 0)
            assert_true(++n < 64);
    }
}

static void test_late_is_left_at_once(void **state)
{
    struct wake_policy p = wake_policy_new();
    const struct wake_window late = {.cycle_ns = 1000, .late = true, .can_follow = true};

    (void)state;
    while (step(&p, &traces[0]) != WAKE_FOLLOW)
        ;
    assert_int_equal(wake_policy_learn(&p, &late), WAKE_LOOK);
    assert_int_equal(step(&p, &traces[0]), WAKE_LOOK);
}

/* Windows until the next trial, all of which are late. */
static unsigned windows_to_trial(struct wake_policy *p)
{
    unsigned n = 0;

    while (step(p, &traces[4]) == WAKE_LOOK)
        n++;
    return n;
}

static void test_rest_forgets_lateness_by_halves(void **state)
{
    struct wake_policy late = wake_policy_new(), dear = wake_policy_new();

    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        step(&late, &traces[4]);
        step(&dear, &traces[1]);
    }
    wake_policy_rest(&late);
    wake_policy_rest(&dear);
    windows_to_trial(&late); /* what was left of the wait */
    assert_true(windows_to_trial(&late) > 100);
    assert_true(windows_to_trial(&dear) < 8);
}

static void test_trials_become_rare(void **state)
{
    struct wake_policy p = wake_policy_new();
    unsigned since = 0, trials = 0;

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        if (step(&p, &traces[1]) == WAKE_FOLLOW)
            trials += since > 1, since = 0;
        else
            since++;
    }
    assert_in_range(trials, 8, 32);
}

static void test_fixed(void **state)
{
    struct wake_policy look = wake_policy_fixed(WAKE_LOOK), follow = wake_policy_fixed(WAKE_FOLLOW);

    (void)state;
    for (unsigned n = 0; n < 1000; n++) {
        assert_int_equal(step(&look, &traces[0]), WAKE_LOOK);
        assert_int_equal(step(&follow, &traces[4]), WAKE_FOLLOW);
    }
}

static void test_measure(void **state)
{
    struct wake_measure m = {0};
    uint64_t now = 5000000000;

    (void)state;
    wake_measure_add(&m, now, 7); /* the first has no cycle */
    assert_int_equal(m.requests, 0);
    wake_measure_add(&m, now += 10000, 7);
    wake_measure_add(&m, now += 20000, 0);
    wake_measure_add(&m, now += 30000, 8);
    wake_measure_add(&m, now += 4000000000, 7); /* a pause of the program's own */
    assert_int_equal(m.program, 7);
    assert_int_equal(wake_measure_cycle_ns(&m), 20000);
    wake_measure_next(&m);
    assert_int_equal(m.program, 7); /* until another is known */
    for (unsigned n = 0; n < 3 * WAKE_WINDOW; n++)
        wake_measure_add(&m, now += 5000, 8);
    assert_int_equal(m.requests, WAKE_WINDOW);
    assert_int_equal(m.program, 8);
    assert_int_equal(wake_measure_cycle_ns(&m), 5000);
    wake_measure_rest(&m);
    assert_int_equal(m.program, 0);
    assert_int_equal(wake_measure_cycle_ns(&m), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_changes_are_noticed),
        cmocka_unit_test(test_late_is_left_at_once),
        cmocka_unit_test(test_rest_forgets_lateness_by_halves),
        cmocka_unit_test(test_trials_become_rare),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_measure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
