/* SPDX-License-Identifier: Apache-2.0 */
/* The channel between two threads: order, ends, and that nobody waits for one who has left. A wait that never
 * ends shows as the test's timeout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "import/channel.h"

#define SIZE 64u

struct sender {
    struct channel *channel;
    unsigned count; /* of buffers to send */
    int status;
    unsigned sent;
};

/* Buffer number n has n % SIZE + 1 bytes, each the low byte of n. */
static void *send_numbered(void *arg)
{
    struct sender *s = arg;

    for (s->sent = 0; s->sent < s->count; s->sent++) {
        void *buf = channel_reserve(s->channel);

        if (!buf)
            break;
        memset(buf, (int)(s->sent & 0xff), SIZE);
        channel_commit(s->channel, s->sent % SIZE + 1);
    }
    channel_end(s->channel, s->status);
    return NULL;
}

static void receive_numbered(struct channel *c, unsigned n)
{
    const void *data;
    uint8_t want[SIZE];

    memset(want, (int)(n & 0xff), sizeof(want));
    assert_int_equal(channel_receive(c, &data), n % SIZE + 1);
    assert_memory_equal(data, want, n % SIZE + 1);
}

static void test_everything_arrives_in_order(void **state)
{
    static const unsigned buffers[] = {2, 3, 4, 7};

    (void)state;
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
        struct sender s = {.channel = channel_new(buffers[i], SIZE), .count = 20000};
        pthread_t thread;
        const void *data;

        assert_non_null(s.channel);
        assert_int_equal(pthread_create(&thread, NULL, send_numbered, &s), 0);
        for (unsigned n = 0; n < s.count; n++)
            receive_numbered(s.channel, n);
        assert_int_equal(channel_receive(s.channel, &data), 0);
        assert_int_equal(channel_receive(s.channel, &data), 0);
        pthread_join(thread, NULL);
        channel_abandon(s.channel);
        channel_free(s.channel);
    }
}

static void test_an_error_comes_behind_the_data(void **state)
{
    struct sender s = {.channel = channel_new(4, SIZE), .count = 3, .status = -EBADMSG};
    const void *data;

    (void)state;
    send_numbered(&s);
    for (unsigned n = 0; n < 3; n++)
        receive_numbered(s.channel, n);
    assert_int_equal(channel_receive(s.channel, &data), -EBADMSG);
    assert_int_equal(channel_receive(s.channel, &data), -EBADMSG);
    channel_free(s.channel);
}

/* A buffer that is looked at is not filled: with 2 buffers, one of them received, the sender gets the other
 * one only. */
static void test_the_receivers_buffer_is_its_own(void **state)
{
    struct channel *c = channel_new(2, SIZE);
    const void *data;
    void *first, *second;

    (void)state;
    first = channel_reserve(c);
    channel_commit(c, 1);
    assert_int_equal(channel_receive(c, &data), 1);
    assert_ptr_equal(data, first);
    second = channel_reserve(c);
    assert_ptr_not_equal(second, first);
    channel_commit(c, 2);
    assert_int_equal(channel_receive(c, &data), 2);
    assert_ptr_equal(data, second);
    assert_ptr_equal(channel_reserve(c), first);
    channel_free(c);
}

static void test_a_waiting_sender_is_woken(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 200; round++) {
        struct sender s = {.channel = channel_new(2, SIZE), .count = 1000};
        unsigned take = (unsigned)rand_r(&seed) % 20;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, send_numbered, &s), 0);
        for (unsigned n = 0; n < take; n++)
            receive_numbered(s.channel, n);
        channel_abandon(s.channel);
        pthread_join(thread, NULL);
        assert_true(s.sent < 1000);
        channel_free(s.channel);
    }
}

static void *end_it(void *arg)
{
    channel_end(arg, -ECANCELED);
    return NULL;
}

static void test_a_waiting_receiver_is_woken(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct channel *c = channel_new(2, SIZE);
        const void *data;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, end_it, c), 0);
        assert_int_equal(channel_receive(c, &data), -ECANCELED);
        pthread_join(thread, NULL);
        channel_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_arrives_in_order),
        cmocka_unit_test(test_an_error_comes_behind_the_data),
        cmocka_unit_test(test_the_receivers_buffer_is_its_own),
        cmocka_unit_test(test_a_waiting_sender_is_woken),
        cmocka_unit_test(test_a_waiting_receiver_is_woken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
