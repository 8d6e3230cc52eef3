/* SPDX-License-Identifier: Apache-2.0 */
/* Which images and objects go: stores that are written down, and the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collect/plan.h"

static struct digest digest(unsigned n)
{
    struct digest d = {.alg = DIGEST_SHA256};

    d.bytes[0] = (uint8_t)n;
    return d;
}

/* An image is the blob and the tree of its number, and layers that it may share. */
enum { BASE = 100, TOP = 101, OTHER = 102 };

static struct needed of_image_1[] = {{OBJECT_BLOB, {0}}, {OBJECT_LAYER, {0}}, {OBJECT_LAYER, {0}}};
static struct needed of_image_2[] = {{OBJECT_BLOB, {0}}, {OBJECT_LAYER, {0}}};
static struct needed of_image_3[] = {{OBJECT_BLOB, {0}}, {OBJECT_LAYER, {0}}};

static void fill(void)
{
    of_image_1[0].digest = digest(1);
    of_image_1[1].digest = digest(BASE);
    of_image_1[2].digest = digest(TOP);
    of_image_2[0].digest = digest(2);
    of_image_2[1].digest = digest(BASE);
    of_image_3[0].digest = digest(3);
    of_image_3[1].digest = digest(OTHER);
}

static struct need image(unsigned n, const char *name)
{
    struct need need = {.name = (char *)(uintptr_t)(name ? name : "none"),
                        .is_named = name,
                        .is_known = true,
                        .manifest = digest(n),
                        .objects = n == 1   ? of_image_1
                                   : n == 2 ? of_image_2
                                            : of_image_3,
                        .n = n == 1 ? 3 : 2};

    return need;
}

static struct need branch_on(unsigned n)
{
    struct need need = image(n, "work");

    need.is_branch = true;
    need.is_named = false;
    return need;
}

static struct need mount_of(unsigned n)
{
    struct need need = image(n, "/mnt");

    need.is_mount = true;
    need.is_named = false;
    return need;
}

static struct catalog_drop name_of(unsigned n, const char *name)
{
    return (struct catalog_drop){.name = name, .manifest = digest(n)};
}

/* All that there is, and one blob and one layer that nobody needs. */
#define N_PRESENT 8

static void present(struct collect_object ret[N_PRESENT])
{
    static const struct {
        enum object_kind kind;
        unsigned n;
    } all[N_PRESENT] = {{OBJECT_BLOB, 1},      {OBJECT_BLOB, 2},     {OBJECT_BLOB, 3},
                        {OBJECT_BLOB, 9},      {OBJECT_LAYER, BASE}, {OBJECT_LAYER, TOP},
                        {OBJECT_LAYER, OTHER}, {OBJECT_LAYER, 109}};

    for (size_t i = 0; i < N_PRESENT; i++)
        ret[i] = (struct collect_object){.kind = all[i].kind, .digest = digest(all[i].n)};
}

/* The numbers of what goes, as a text. */
static const char *goes(struct need *needs, size_t n, const struct catalog_drop *drops, size_t n_drops,
                        bool only_dropped)
{
    static char text[128];
    struct collect_object objects[N_PRESENT];
    struct needs all = {.all = needs, .n = n};
    const struct need *unknown;
    ssize_t left;
    size_t at = 0;

    present(objects);
    left = collect_choose(&all, drops, n_drops, only_dropped, objects, N_PRESENT, &unknown);
    if (left < 0)
        return unknown ? unknown->name : "no memory";
    text[0] = '\0';
    for (ssize_t i = 0; i < left; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%u", i ? " " : "", objects[i].digest.bytes[0]);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    fill();
    return 0;
}

static void test_what_nobody_needs(void **state)
{
    struct need all[] = {image(1, "app"), image(2, "base"), image(3, "other")};

    (void)state;
    assert_string_equal(goes(all, 3, NULL, 0, false), "9 109");
    assert_string_equal(goes(all, 0, NULL, 0, false), "1 2 3 9 100 101 102 109");
}

static void test_a_name_that_goes(void **state)
{
    struct need all[] = {image(1, "app"), image(1, "also"), image(2, "base"), image(3, "other")};
    struct catalog_drop one[] = {name_of(1, "app")}, both[] = {name_of(1, "app"), name_of(1, "also")};
    struct catalog_drop elsewhere[] = {name_of(2, "app")};

    (void)state;
    assert_string_equal(goes(all, 4, one, 1, true), "");
    assert_string_equal(goes(all, 4, both, 2, true), "1 101"); /* the base is shared */
    assert_string_equal(goes(all, 4, both, 2, false), "1 9 101 109");
    assert_string_equal(goes(all, 4, elsewhere, 1, true), ""); /* the name has moved meanwhile */
    both[1].stays = true;
    assert_string_equal(goes(all, 4, both, 2, true), "");
}

static void test_branches_and_mounts_keep(void **state)
{
    struct need with_branch[] = {image(1, "app"), branch_on(1)},
                with_mount[] = {image(1, "app"), mount_of(1)};
    struct catalog_drop drop = name_of(1, "app");

    (void)state;
    assert_string_equal(goes(with_branch, 2, &drop, 1, true), "");
    assert_string_equal(goes(with_mount, 2, &drop, 1, false), "2 3 9 102 109");
}

static void test_not_known_is_not_decided(void **state)
{
    struct need all[] = {image(1, "app"), image(2, "base")};
    struct catalog_drop drop = name_of(1, "app");

    (void)state;
    all[0].is_known = false;
    assert_string_equal(goes(all, 2, NULL, 0, false), "app");
    assert_string_equal(goes(all, 2, &drop, 1, true), "1 101"); /* it is the one that goes */
    all[1].is_known = false;
    assert_string_equal(goes(all, 2, &drop, 1, true), "base");
}

static void test_images_without_a_name(void **state)
{
    struct need list[] = {image(1, NULL), image(2, NULL), image(3, "other"), mount_of(2)};
    struct needs all = {.all = list, .n = 4};
    struct catalog_drop drops[4];

    (void)state;
    assert_int_equal(collect_nameless(&all, drops), 1);
    assert_null(drops[0].name);
    assert_true(digest_equal(&drops[0].manifest, &list[0].manifest));
    assert_string_equal(goes(list, 4, drops, 1, false), "1 9 101 109");
    assert_true(collect_is_held(&all, &list[1].manifest));
    assert_false(collect_is_held(&all, &list[0].manifest));
    assert_false(collect_is_kept(&all, &list[0], drops, 1));
    assert_true(collect_is_kept(&all, &list[0], NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_nobody_needs),        cmocka_unit_test(test_a_name_that_goes),
        cmocka_unit_test(test_branches_and_mounts_keep), cmocka_unit_test(test_not_known_is_not_decided),
        cmocka_unit_test(test_images_without_a_name),
    };

    return cmocka_run_group_tests(tests, (CMFixtureFunction)set_up, NULL);
}
