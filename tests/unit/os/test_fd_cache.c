/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "os/fd_cache.h"

static int some_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int add_and_put(struct fd_cache *c, uint64_t key)
{
    int fd = some_fd();
    struct fd_cache_entry *e = fd_cache_add(c, key, fd);
    assert_non_null(e);
    assert_int_equal(fd_cache_fd(e), fd);
    fd_cache_put(c, e);
    return fd;
}

static bool has(struct fd_cache *c, uint64_t key)
{
    struct fd_cache_entry *e = fd_cache_get(c, key);
    fd_cache_put(c, e);
    return e != NULL;
}

static void oldest_idle_goes_first(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(2);
    int one = add_and_put(c, 1);
    int two = add_and_put(c, 2);
    assert_true(has(c, 1)); /* now 2 is the oldest */
    add_and_put(c, 3);
    assert_true(is_open(one));
    assert_false(has(c, 2));
    assert_true(has(c, 1));
    assert_true(has(c, 3));
    assert_true(two >= 0);
    fd_cache_free(c);
    assert_false(is_open(one));
}

static void borrowed_stay_open_beyond_the_bound(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(1);
    struct fd_cache_entry *e[5];
    int fd[5];
    for (unsigned i = 0; i < 5; i++) {
        fd[i] = some_fd();
        e[i] = fd_cache_add(c, i, fd[i]);
        assert_non_null(e[i]);
    }
    for (unsigned i = 0; i < 5; i++)
        assert_true(is_open(fd[i]));
    for (unsigned i = 0; i < 5; i++)
        fd_cache_put(c, e[i]);
    for (unsigned i = 0; i < 4; i++)
        assert_false(is_open(fd[i]));
    assert_true(is_open(fd[4]));
    fd_cache_free(c);
}

static void second_of_a_key_yields_to_the_first(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(4);
    int first = some_fd();
    struct fd_cache_entry *a = fd_cache_add(c, 7, first);
    int second = some_fd();
    struct fd_cache_entry *b = fd_cache_add(c, 7, second);
    assert_ptr_equal(a, b);
    assert_false(is_open(second));
    fd_cache_put(c, a);
    assert_true(is_open(first));
    fd_cache_put(c, b);
    fd_cache_free(c);
}

static void dropped_key_closes_with_its_last_borrower(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(4);
    int idle = add_and_put(c, 1);
    fd_cache_drop(c, 1);
    assert_false(is_open(idle));
    assert_null(fd_cache_get(c, 1));

    int old = some_fd();
    struct fd_cache_entry *e = fd_cache_add(c, 2, old);
    fd_cache_drop(c, 2);
    fd_cache_drop(c, 2);
    assert_true(is_open(old));
    assert_null(fd_cache_get(c, 2));
    int fresh = add_and_put(c, 2); /* the key may be used again meanwhile */
    fd_cache_put(c, e);
    assert_false(is_open(old));
    assert_true(is_open(fresh));
    fd_cache_free(c);
}

static void a_bound_of_zero_keeps_nothing_idle(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(0);
    int fd = some_fd();
    struct fd_cache_entry *e = fd_cache_add(c, 1, fd);
    assert_true(is_open(fd));
    fd_cache_put(c, e);
    assert_false(is_open(fd));
    assert_null(fd_cache_get(c, 1));
    fd_cache_free(c);
    fd_cache_free(NULL);
}

struct worker {
    struct fd_cache *cache;
    unsigned seed;
};

/* Borrowed descriptors must be open at all times; ThreadSanitizer sees the rest. */
static void *churn(void *arg)
{
    struct worker *w = arg;
    uint64_t bad = 0;
    for (unsigned i = 0; i < 20000; i++) {
        w->seed = w->seed * 1664525u + 1013904223u;
        uint64_t key = (w->seed >> 16) % 40;
        if ((w->seed >> 8) % 16 == 0) {
            fd_cache_drop(w->cache, key);
            continue;
        }
        struct fd_cache_entry *e = fd_cache_get(w->cache, key);
        if (!e)
            e = fd_cache_add(w->cache, key, open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!e || !is_open(fd_cache_fd(e)))
            bad++;
        fd_cache_put(w->cache, e);
    }
    return (void *)(uintptr_t)bad;
}

static void threads_share_it(void **state)
{
    (void)state;
    struct fd_cache *c = fd_cache_new(8);
    pthread_t threads[4];
    struct worker workers[4];
    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){c, i};
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *bad;
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
    fd_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_idle_goes_first),
        cmocka_unit_test(borrowed_stay_open_beyond_the_bound),
        cmocka_unit_test(second_of_a_key_yields_to_the_first),
        cmocka_unit_test(dropped_key_closes_with_its_last_borrower),
        cmocka_unit_test(a_bound_of_zero_keeps_nothing_idle),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
