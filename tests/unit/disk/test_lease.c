/* SPDX-License-Identifier: Apache-2.0 */
/* Leases: who lives is listed, who died is not, whatever he left. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lease *take(struct store *s, const char *mountpoint)
{
    char path[64], image[] = "app:1";
    struct lease_info info = {.mountpoint = path,
                              .image = image,
                              .manifest = digest_of_text("m"),
                              .chain_id = digest_of_text("c"),
                              .pid = getpid(),
                              .started = 1000};
    struct lease *l;

    snprintf(path, sizeof(path), "%s", mountpoint);
    return lease_take(s, &info, &l, NULL) == 0 ? l : NULL;
}

static size_t list(struct store *s, struct lease_list *ret)
{
    struct err err = {""};

    if (store_leases(s, ret, &err) < 0)
        fail_msg("%s", err.text);
    return ret->n;
}

static size_t count(struct store *s)
{
    struct lease_list l;
    size_t n = list(s, &l);

    lease_list_free(&l);
    return n;
}

static void live_ones_are_listed(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct lease *b, *a;
    struct lease_list l;

    (void)state;
    assert_int_equal(list(s, &l), 0);
    lease_list_free(&l);
    b = take(s, "/b");
    a = take(s, "/a b");
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(list(s, &l), 2);
    assert_string_equal(l.leases[0].mountpoint, "/a b");
    assert_string_equal(l.leases[1].mountpoint, "/b");
    assert_string_equal(l.leases[1].image, "app:1");
    assert_null(l.leases[1].branch);
    assert_int_equal(l.leases[1].pid, getpid());
    lease_list_free(&l);
    lease_drop(b);
    assert_int_equal(count(s), 1);
    lease_drop(a);
    lease_drop(NULL);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 0);
    store_close(s);
    scratch_remove(&d);
}

static bool take_it(struct store *s, const void *mountpoint)
{
    return take(s, mountpoint);
}

static void the_dead_are_removed(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    pid_t one, two;
    struct lease_list l;

    (void)state;
    one = start_waiting(s, take_it, "/one");
    two = start_waiting(s, take_it, "/two");
    assert_int_equal(count(s), 2);
    assert_int_equal(kill(one, SIGKILL), 0);
    assert_int_equal(waitpid(one, NULL, 0), one);
    assert_int_equal(list(s, &l), 1);
    assert_string_equal(l.leases[0].mountpoint, "/two");
    assert_int_equal(l.leases[0].pid, two);
    lease_list_free(&l);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 1);
    assert_int_equal(kill(two, SIGKILL), 0);
    assert_int_equal(waitpid(two, NULL, 0), two);
    assert_int_equal(count(s), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 0);
    store_close(s);
    scratch_remove(&d);
}

/* The lock is the descriptor's: it lives on in a child that the parent left behind. */
static void a_fork_carries_it_on(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    int ready[2];
    pid_t parent, child;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* so that we can wait for the grandchild */
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    parent = fork();
    if (parent == 0) {
        struct lease *l = take(s, "/x");

        child = l ? fork() : -1;
        if (child == 0) {
            alarm(60); /* should the test fail */
            for (;;)
                pause();
        }
        _exit(child > 0 && write(ready[1], &child, sizeof(child)) == sizeof(child) ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &child, sizeof(child)), sizeof(child));
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(count(s), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(count(s), 0);
    store_close(s);
    scratch_remove(&d);
}

static void what_lies_about_is_told_apart(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct err err;
    struct lease_list l;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd;

    (void)state;
    write_text(scratch_path(&d, "store/leases/0123456789abcdef.json"), ""); /* dead */
    write_text(scratch_path(&d, "store/leases/.0123456789abcdef"), "{");    /* dead before it was whole */
    write_text(scratch_path(&d, "store/leases/README"), "not ours");
    write_text(scratch_path(&d, "store/leases/0123456789abcdef.jsonx"), "");
    assert_int_equal(count(s), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 2);

    /* Alive, but nobody can tell what it holds: that must not be passed over. */
    fd = open(scratch_path(&d, "store/leases/00000000000000ff.json"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(store_leases(s, &l, &err), -EUCLEAN);
    assert_non_null(strstr(err.text, "00000000000000ff.json"));
    close(fd);
    assert_int_equal(count(s), 0);

    /* One that is being made is not there yet. */
    fd = open(scratch_path(&d, "store/leases/.00000000000000ff"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(count(s), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 3);
    close(fd);
    store_close(s);
    scratch_remove(&d);
}

static void a_lease_that_cannot_be_is_refused(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    char relative[] = "mnt";
    struct lease_info info = {
        .mountpoint = relative, .manifest = digest_of_text("m"), .chain_id = digest_of_text("c"), .pid = 1};
    struct lease *l;
    struct err err;

    (void)state;
    assert_int_equal(lease_take(s, &info, &l, &err), -EINVAL);
    assert_true(err.text[0]);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 0);
    store_close(s);
    scratch_remove(&d);
}

struct race {
    struct store *s;
    atomic_bool stop;
    atomic_int failures;
};

static void *look_for_the_dead(void *arg)
{
    struct race *race = arg;

    while (!atomic_load(&race->stop)) {
        struct lease_list l;

        if (store_leases(race->s, &l, NULL) < 0)
            atomic_fetch_add(&race->failures, 1);
        else
            lease_list_free(&l);
    }
    return NULL;
}

/* Leases are taken while others look for dead ones: none that was taken may vanish. */
static void taking_races_with_looking(void **state)
{
    struct scratch d = scratch_make();
    struct race race = {.s = scratch_store(&d)};
    pthread_t threads[2];
    struct lease *l[4];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_for_the_dead, &race), 0);
    for (int round = 0; round < 500; round++) {
        for (size_t i = 0; i < 4; i++) {
            l[i] = take(race.s, "/x");
            assert_non_null(l[i]);
        }
        assert_int_equal(count(race.s), 4);
        for (size_t i = 0; i < 4; i++)
            lease_drop(l[i]);
    }
    atomic_store(&race.stop, true);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_int_equal(count_names(scratch_path(&d, "store/leases")), 0);
    store_close(race.s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_ones_are_listed),
        cmocka_unit_test(the_dead_are_removed),
        cmocka_unit_test(a_fork_carries_it_on),
        cmocka_unit_test(what_lies_about_is_told_apart),
        cmocka_unit_test(a_lease_that_cannot_be_is_refused),
        cmocka_unit_test(taking_races_with_looking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
