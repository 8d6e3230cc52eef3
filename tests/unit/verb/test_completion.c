/* SPDX-License-Identifier: Apache-2.0 */
/* What the word at the cursor may become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "verb/completion.h"
#include "verb/verbs.h"

static void test_places(void **state)
{
    static const struct {
        const char *words[6];
        enum complete_what what;
        const struct verb *verb;
        const char *store, *typed;
        size_t kept;
    } cases[] = {
        {{""}, COMPLETE_VERBS, NULL, NULL, "", 0},
        {{"-"}, COMPLETE_OPTIONS, NULL, NULL, "-", 0},
        {{"--store", "x"}, COMPLETE_DIRECTORIES, NULL, NULL, "x", 0},
        {{"--store=x"}, COMPLETE_DIRECTORIES, NULL, NULL, "x", 8},
        {{"--store", "x", "ls", ""}, COMPLETE_IMAGES_OR_PATHS, &verb_ls, "x", "", 0},
        {{"--store=x", "ls", "--store", "y", ""}, COMPLETE_IMAGES_OR_PATHS, &verb_ls, "y", "", 0},
        {{"nonsense", ""}, COMPLETE_NOTHING, NULL, NULL, "", 0},
        {{"unmount", ""}, COMPLETE_MOUNTPOINTS, &verb_umount, NULL, "", 0},
        {{"ls", "a", ""}, COMPLETE_PATHS_OR_IMAGES, &verb_ls, NULL, "", 0},
        {{"tree", "a", "/"}, COMPLETE_PATHS, &verb_tree, NULL, "/", 0},
        {{"find", "a", "/x"}, COMPLETE_PATHS, &verb_find_files, NULL, "/x", 0},
        {{"find", "a", "-n"}, COMPLETE_WORDS, &verb_find_files, NULL, "-n", 0},
        {{"find", "a:/x", ""}, COMPLETE_WORDS, &verb_find_files, NULL, "", 0},
        {{"cat", "a", "b", "c", ""}, COMPLETE_PATHS_OR_IMAGES, &verb_cat, NULL, "", 0},
        {{"mount", "-o", "ro", "i", ""}, COMPLETE_DIRECTORIES, &verb_mount, NULL, "", 0},
        {{"mount", "-oro", "i", ""}, COMPLETE_DIRECTORIES, &verb_mount, NULL, "", 0},
        {{"mount", "-fo", ""}, COMPLETE_WORDS, &verb_mount, NULL, "", 0},
        {{"mount", "--rw", ""}, COMPLETE_IMAGES, &verb_mount, NULL, "", 0}, /* its value needs a "=" */
        {{"mount", "--rw=w"}, COMPLETE_BRANCHES, &verb_mount, NULL, "w", 5},
        {{"mount", "--nonsense=w"}, COMPLETE_NOTHING, &verb_mount, NULL, "w", 11},
        {{"mount", "-"}, COMPLETE_OPTIONS, &verb_mount, NULL, "-", 0},
        {{"mount", "--", "-"}, COMPLETE_IMAGES, &verb_mount, NULL, "-", 0},
        {{"run", "-it", "i", "-"}, COMPLETE_NOTHING, &verb_run, NULL, "-", 0}, /* the command's */
        {{"run", "-v", ""}, COMPLETE_FILES, &verb_run, NULL, "", 0},
        {{"run", "-e", ""}, COMPLETE_NOTHING, &verb_run, NULL, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct completion c;
        int n = 0;

        while (n < 6 && cases[i].words[n])
            n++;
        complete_at(verbs_all, cases[i].words, n, &c);
        assert_int_equal(c.what, cases[i].what);
        assert_ptr_equal(c.verb, cases[i].verb);
        assert_string_equal(c.typed, cases[i].typed);
        assert_int_equal(c.kept, cases[i].kept);
        assert_true(cases[i].store ? c.store && strcmp(c.store, cases[i].store) == 0 : !c.store);
    }
}

/* Whoever adds a verb that takes an image is told here that completion.c does not know it yet. */
static void test_images(void **state)
{
    (void)state;
    for (const struct verb *const *v = verbs_all; *v; v++) {
        const char *words[] = {(*v)->name, ""};
        struct completion c;

        complete_at(verbs_all, words, 2, &c);
        if (strstr((*v)->synopsis, " IMAGE") || strncmp((*v)->synopsis, "IMAGE", 5) == 0)
            assert_true(c.what == COMPLETE_IMAGES || c.what == COMPLETE_IMAGE_PATHS ||
                        c.what == COMPLETE_IMAGES_OR_PATHS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_images)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
