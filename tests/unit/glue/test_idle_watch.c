/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver under SCHED_IDLE is put back under the normal policy when it makes no step while somebody waits
 * for it, and left alone when nobody does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "glue/idle_watch.h"

struct set {
    int pipe[2];
    struct idle_watch *w;
};

static const struct sched_param no_priority = {0};

/* May this process leave SCHED_IDLE? Tried by a child. */
static bool may_leave(void)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        _exit(sched_setscheduler(0, SCHED_IDLE, &no_priority) == 0 &&
                      sched_setscheduler(0, SCHED_OTHER, &no_priority) == 0
                  ? 0
                  : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int set_up(void **state)
{
    struct set *s = calloc(1, sizeof *s);

    assert_int_equal(pipe(s->pipe), 0);
    s->w = idle_watch_new(s->pipe[0]);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct set *s = *state;

    idle_watch_free(s->w);
    close(s->pipe[0]);
    close(s->pipe[1]);
    free(s);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    return 0;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* True as soon as the watchdog has stepped in; false after `ms` without. */
static bool becomes_late(const struct set *s, uint64_t ms)
{
    uint64_t begun = now_ms();

    while (!idle_watch_is_late(s->w)) {
        if (now_ms() - begun > ms)
            return false;
        sched_yield();
    }
    return true;
}

/* Long enough for a watchdog that is wrong, and no test of time: one that is slow passes. */
#define MANY_LOOKS_MS (12 * IDLE_WATCH_MS)
#define LONG_MS       20000

static void assert_stepped_in(const struct set *s)
{
    assert_true(becomes_late(s, LONG_MS));
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

static void assert_left_alone(const struct set *s)
{
    assert_false(becomes_late(s, MANY_LOOKS_MS));
    assert_int_equal(sched_getscheduler(0), SCHED_IDLE);
}

static void test_only_if_there_is_a_way_back(void **state)
{
    const struct set *s = *state;

    assert_int_equal(s->w != NULL, may_leave());
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

static void test_enters_and_leaves(void **state)
{
    struct set *s = *state;

    if (!s->w)
        return;
    idle_watch_enter(s->w);
    assert_int_equal(sched_getscheduler(0), SCHED_IDLE);
    idle_watch_enter(s->w);
    idle_watch_leave(s->w);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    idle_watch_leave(s->w);
}

static void test_work_that_takes_long(void **state)
{
    struct set *s = *state;

    if (!s->w)
        return;
    idle_watch_enter(s->w);
    idle_watch_step(s->w, IDLE_WORKS, 0);
    assert_stepped_in(s);
    /* Again, after it was left and entered anew, and after a rest. */
    idle_watch_leave(s->w);
    idle_watch_enter(s->w);
    idle_watch_step(s->w, IDLE_WORKS, 0);
    assert_stepped_in(s);
}

static void test_steps_are_enough(void **state)
{
    struct set *s = *state;
    uint64_t begun = now_ms();

    if (!s->w)
        return;
    idle_watch_enter(s->w);
    while (now_ms() - begun < MANY_LOOKS_MS) {
        idle_watch_step(s->w, IDLE_WORKS, 0);
        idle_watch_step(s->w, IDLE_ANSWERS, getpid());
        idle_watch_step(s->w, IDLE_WAITS, 0);
    }
    /* A machine that is busy may have held this test up between two steps. */
    if (!idle_watch_is_late(s->w))
        assert_int_equal(sched_getscheduler(0), SCHED_IDLE);
}

static void test_a_request_that_waits(void **state)
{
    struct set *s = *state;

    if (!s->w)
        return;
    idle_watch_enter(s->w);
    idle_watch_step(s->w, IDLE_WORKS, 0); /* the watchdog wakes with the first request */
    idle_watch_step(s->w, IDLE_WAITS, 0);
    assert_left_alone(s);
    assert_int_equal(write(s->pipe[1], "", 1), 1);
    assert_stepped_in(s);
}

static void test_a_program_that_runs_is_left_alone(void **state)
{
    struct set *s = *state;

    if (!s->w)
        return;
    idle_watch_enter(s->w);
    idle_watch_step(s->w, IDLE_WORKS, 0);
    idle_watch_step(s->w, IDLE_ANSWERS, getpid()); /* this thread runs */
    assert_left_alone(s);
    assert_int_equal(write(s->pipe[1], "", 1), 1);
    assert_stepped_in(s); /* for another's request */
}

static void test_a_program_that_waits_for_its_answer(void **state)
{
    struct set *s = *state;
    pid_t child;
    char byte;

    if (!s->w)
        return;
    child = fork();
    if (child == 0) {
        close(s->pipe[1]);
        _exit((int)read(s->pipe[0], &byte, 1));
    }
    idle_watch_enter(s->w);
    idle_watch_step(s->w, IDLE_WORKS, 0);
    idle_watch_step(s->w, IDLE_ANSWERS, child);
    assert_stepped_in(s);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_if_there_is_a_way_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enters_and_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_work_that_takes_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_steps_are_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_request_that_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_program_that_runs_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_program_that_waits_for_its_answer, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
