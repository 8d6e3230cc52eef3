/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "command/options.h"
#include "verb/verbs.h"

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(verb_find(verbs_all, "import"), &verb_import);
    assert_ptr_equal(verb_find(verbs_all, "umount"), &verb_umount);
    assert_ptr_equal(verb_find(verbs_all, "unmount"), &verb_umount);
    assert_null(verb_find(verbs_all, "impor"));
    assert_null(verb_find(verbs_all, ""));
}

static void test_nearest(void **state)
{
    static const struct {
        const char *word;
        const struct verb *verb;
    } cases[] = {
        {"improt", &verb_import},
        {"imprt", &verb_import},
        {"import", &verb_import},
        {"image", &verb_images},
        {"unmont", &verb_umount},
        {"inspetc", &verb_inspect},
        {"mnt", &verb_mount},
        {"sl", &verb_ls},
        {"xy", NULL},
        {"frobnicate", NULL},
        {"", NULL},
        {"importimportimportimportimport", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_ptr_equal(verb_nearest(verbs_all, cases[i].word), cases[i].verb);
}

/* What --help prints is there, and no two options of a verb are spelled alike. */
static void test_complete(void **state)
{
    (void)state;
    for (const struct verb *const *v = verbs_all; *v; v++) {
        size_t n = 0;
        assert_true((*v)->summary && (*v)->synopsis && (*v)->about && (*v)->run);
        assert_non_null(strstr((*v)->examples, "mica "));
        assert_non_null(strstr((*v)->examples, (*v)->name));
        for (const struct verb_option *o = (*v)->options; o && o->name; o++, n++) {
            assert_non_null(o->help);
            assert_true(o->letter != 'h' || strcmp(o->name, "human-readable") == 0);
            for (const struct verb_option *p = (*v)->options; p < o; p++)
                assert_true(p->letter != o->letter && strcmp(p->name, o->name) != 0);
        }
        assert_true(n <= OPTIONS_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
