/* SPDX-License-Identifier: Apache-2.0 */
/* Files that layers share count when the last of them goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/measure.h"

static void shared_files_go_with_all_of_their_layers(void **state)
{
    struct linked_file files[] = {
        {.ino = 1, .disk_size = 100, .links = 2, .here = 1, .object = 0}, /* in both */
        {.ino = 1, .disk_size = 100, .links = 2, .here = 1, .object = 1},
        {.ino = 2, .disk_size = 1000, .links = 3, .here = 1, .object = 0}, /* and in a third, which stays */
        {.ino = 2, .disk_size = 1000, .links = 3, .here = 1, .object = 1},
        {.ino = 3, .disk_size = 10000, .links = 2, .here = 2, .object = 1}, /* twice in one */
        {.ino = 4, .disk_size = 100000, .links = 2, .here = 1, .object = 1},
    };
    const struct measure m = {.files = files, .n = sizeof files / sizeof *files};
    struct collect_object objects[2] = {{.disk_size = 1}, {.disk_size = 2}};

    (void)state;
    assert_int_equal(measure_run(&m, 0), 2);
    assert_int_equal(measure_run(&m, 4), 5);
    assert_int_equal(measure_run(&m, 5), 6);
    measure_add_freed(&m, objects);
    assert_int_equal(objects[0].disk_size, 101);
    assert_int_equal(objects[1].disk_size, 10002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_files_go_with_all_of_their_layers),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
