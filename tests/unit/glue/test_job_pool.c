/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "glue/job_pool.h"

/* What the jobs of a test share. */
struct board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open; /* the gate that held-up jobs wait at */
    unsigned held, done;
    pthread_t last; /* the thread that ran the last one */
    char text[32];
};

#define BOARD_INIT                                                                                           \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                               \
    }

struct test_job {
    struct job job;
    struct board *board;
    bool at_gate;
};

static void run(struct job *job)
{
    struct test_job *j = (struct test_job *)job;
    struct board *b = j->board;

    pthread_mutex_lock(&b->lock);
    if (j->at_gate) {
        b->held++;
        pthread_cond_broadcast(&b->changed);
        while (!b->open)
            pthread_cond_wait(&b->changed, &b->lock);
    }
    if (j->job.size > 0)
        memcpy(b->text, j->job.data, j->job.size < sizeof b->text ? j->job.size : sizeof b->text);
    b->last = pthread_self();
    b->done++;
    pthread_mutex_unlock(&b->lock);
}

static void await_held(struct board *b, unsigned n)
{
    pthread_mutex_lock(&b->lock);
    while (b->held < n)
        pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

static void open_gate(struct board *b)
{
    pthread_mutex_lock(&b->lock);
    b->open = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static void test_at_once(void **state)
{
    struct board board = BOARD_INIT;
    struct test_job j = {.job = {run, "data", 5}, .board = &board};
    struct job_pool *p = job_pool_new(2, NULL, NULL);

    (void)state;
    job_do(p, &j.job, sizeof j, false);
    assert_int_equal(board.done, 1);
    assert_true(pthread_equal(board.last, pthread_self()));
    assert_string_equal(board.text, "data");
    job_pool_free(p);
}

static const cpu_set_t *processors(const void *data)
{
    return data;
}

static cpu_set_t seen_processors;
static int seen_policy = -1;

static void see_place(struct job *job)
{
    (void)job;
    sched_getaffinity(0, sizeof seen_processors, &seen_processors);
    seen_policy = sched_getscheduler(0);
}

/* A thread that is started by one on a single processor may run on all that it is given. */
static void test_processors(void **state)
{
    struct job job = {.run = see_place};
    cpu_set_t all, one;
    struct job_pool *p;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    p = job_pool_new(1, processors, &all);
    job_do(p, &job, sizeof job, true);
    job_pool_free(p);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_true(CPU_EQUAL(&seen_processors, &all));
    assert_int_equal(seen_policy, SCHED_OTHER);
}

/* A job that waits is done from a copy, while the caller and its buffer have gone on. */
static void test_copies(void **state)
{
    struct board board = BOARD_INIT;
    struct job_pool *p = job_pool_new(2, NULL, NULL);
    char buffer[] = "first";
    struct test_job j = {.job = {run, buffer, sizeof buffer}, .board = &board, .at_gate = true};

    (void)state;
    job_do(p, &j.job, sizeof j, true);
    memset(buffer, 'x', sizeof buffer);
    memset(&j, 0, sizeof j);
    await_held(&board, 1);
    assert_int_equal(board.done, 0);
    open_gate(&board);
    job_pool_free(p);
    assert_int_equal(board.done, 1);
    assert_false(pthread_equal(board.last, pthread_self()));
    assert_string_equal(board.text, "first");
}

/* Others are not held up by as many as there are threads for, and what is left at the end is done. */
static void test_many(void **state)
{
    struct board gate = BOARD_INIT, board = BOARD_INIT;
    struct job_pool *p = job_pool_new(4, NULL, NULL);
    struct test_job held = {.job = {.run = run}, .board = &gate, .at_gate = true};
    struct test_job quick = {.job = {.run = run}, .board = &board};

    (void)state;
    for (int i = 0; i < 4; i++)
        job_do(p, &held.job, sizeof held, true);
    await_held(&gate, 4);
    for (int i = 0; i < 20; i++)
        job_do(p, &quick.job, sizeof quick, true);
    assert_int_equal(board.done, 0);
    job_do(p, &quick.job, sizeof quick, false);
    assert_int_equal(board.done, 1);
    open_gate(&gate);
    job_pool_free(p);
    assert_int_equal(gate.done, 4);
    assert_int_equal(board.done, 21);
}

/* However many wait for a disk: whoever receives requests goes on. */
static void test_very_many(void **state)
{
    struct board gate = BOARD_INIT, board = BOARD_INIT;
    struct job_pool *p = job_pool_new(1, NULL, NULL);
    struct test_job held = {.job = {.run = run}, .board = &gate, .at_gate = true};
    struct test_job quick = {.job = {.run = run}, .board = &board};

    (void)state;
    job_do(p, &held.job, sizeof held, true);
    await_held(&gate, 1);
    for (int i = 0; i < 5000; i++)
        job_do(p, &quick.job, sizeof quick, true);
    assert_int_equal(board.done, 0);
    open_gate(&gate);
    job_pool_free(p);
    assert_int_equal(board.done, 5000);
}

/* Data that there is no room for is written by whoever asks. */
static void test_full(void **state)
{
    static char data[1 << 20];

    struct board gate = BOARD_INIT, board = BOARD_INIT;
    struct job_pool *p = job_pool_new(1, NULL, NULL);
    struct test_job held = {.job = {.run = run}, .board = &gate, .at_gate = true};
    struct test_job quick = {.job = {.run = run, .data = data, .size = sizeof data}, .board = &board};
    unsigned given = 0;

    (void)state;
    job_do(p, &held.job, sizeof held, true);
    await_held(&gate, 1);
    while (board.done == 0 && given < 10000) {
        job_do(p, &quick.job, sizeof quick, true);
        given++;
    }
    assert_int_equal(given, JOB_POOL_DATA_MAX / sizeof data + 1);
    assert_int_equal(board.done, 1);
    assert_true(pthread_equal(board.last, pthread_self()));
    open_gate(&gate);
    job_pool_free(p);
    assert_int_equal(board.done, given);
}

/* Without a thread at all. */
static void test_none(void **state)
{
    struct board board = BOARD_INIT;
    struct test_job j = {.job = {.run = run}, .board = &board};
    struct job_pool *p = job_pool_new(0, NULL, NULL);

    (void)state;
    job_do(p, &j.job, sizeof j, true);
    assert_int_equal(board.done, 1);
    job_pool_free(p);
    job_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processors), cmocka_unit_test(test_at_once),   cmocka_unit_test(test_copies),
        cmocka_unit_test(test_many),       cmocka_unit_test(test_very_many), cmocka_unit_test(test_full),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
