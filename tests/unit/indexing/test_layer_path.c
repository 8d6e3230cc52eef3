/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "indexing/layer_path.h"

static int clean(const char *path, char *ret)
{
    struct err err = {""};

    return layer_path_clean(path, "entry", ret, &err);
}

static void what_is_cleaned_away(void **state)
{
    static const struct {
        const char *path, *clean; /* NULL: refused */
    } cases[] = {
        {"a", "a"},        {"./a/", "a"}, {"/a//b/./c", "a/b/c"}, {"a/../b", "b"}, {"a/b/..", "a"},
        {".", ""},         {"/", ""},     {"a/..", ""},           {"", NULL},      {"..", NULL},
        {"a/../..", NULL},
    };
    char ret[LAYER_PATH_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int r = clean(cases[i].path, ret);

        assert_int_equal(r, cases[i].clean ? (int)strlen(cases[i].clean) : -EINVAL);
        if (cases[i].clean)
            assert_string_equal(ret, cases[i].clean);
    }
}

static void lengths(void **state)
{
    char path[LAYER_PATH_MAX + 2], ret[LAYER_PATH_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof path - 1; i++)
        path[i] = i % 2 ? '/' : 'd';
    path[LAYER_PATH_MAX] = '\0';
    assert_int_equal(clean(path, ret), LAYER_PATH_MAX);
    path[LAYER_PATH_MAX - 1] = path[LAYER_PATH_MAX] = 'd';
    path[LAYER_PATH_MAX + 1] = '\0';
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
    memset(path, 'n', 256);
    path[255] = '\0';
    assert_int_equal(clean(path, ret), 255);
    strcpy(path + 255, "n");
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
}

/* What is removed may have the longest name; the mark has four bytes more. */
static void a_whiteout_of_the_longest_name(void **state)
{
    char path[300] = ".wh.", ret[LAYER_PATH_MAX + 1];

    (void)state;
    memset(path + 4, 'n', 255);
    assert_int_equal(clean(path, ret), 259);
    path[259] = 'n';
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
    strcpy(path + 259, "/f");
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
    path[259] = '\0';
    memcpy(path, "www.", 4);
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
    memcpy(path, ".wh..wh.", 8);
    assert_int_equal(clean(path, ret), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_cleaned_away),
        cmocka_unit_test(lengths),
        cmocka_unit_test(a_whiteout_of_the_longest_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
