/* SPDX-License-Identifier: Apache-2.0 */
/* Which user namespace is the initial one, in namespaces made for it, with and without /proc. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/user_ns.h"

enum { OTHER = 0, UNKNOWN = 2, REFUSED = 3 };

/* The answer of a process with namespaces of its own, and with an empty /proc if `hide`. */
static int answer(int namespaces, bool hide)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        if (unshare(namespaces) < 0 || (hide && (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                                                 mount("none", "/proc", "tmpfs", 0, NULL) < 0)))
            _exit(REFUSED);
        int r = user_ns_is_initial();
        _exit(r < 0 ? UNKNOWN : r);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void an_own_namespace_is_not_initial(void **state)
{
    int r = answer(CLONE_NEWUSER, false);

    (void)state;
    if (r == REFUSED)
        skip();
    assert_int_equal(r, OTHER);
}

static void without_proc_the_kernel_tells(void **state)
{
    int r = answer(CLONE_NEWUSER | CLONE_NEWNS, true);

    (void)state;
    if (r == REFUSED)
        skip();
    assert_true(r == OTHER || r == UNKNOWN);
}

/* All ids are mapped to themselves in the initial namespace, which is where root runs this test as a rule. */
static void the_initial_one_maps_all_ids(void **state)
{
    unsigned inside = 1, outside = 1, count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");

    (void)state;
    if (!map || fscanf(map, "%u %u %u", &inside, &outside, &count) != 3)
        count = 0;
    if (map)
        fclose(map);
    assert_int_equal(user_ns_is_initial(), inside == 0 && outside == 0 && count == UINT32_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_own_namespace_is_not_initial),
        cmocka_unit_test(without_proc_the_kernel_tells),
        cmocka_unit_test(the_initial_one_maps_all_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
