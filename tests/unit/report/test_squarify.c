/* SPDX-License-Identifier: Apache-2.0 */
/* Treemaps: the rectangles cover the area once, in proportion to the sizes, and are no stripes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/squarify.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MAX_N    300

/* The example of the paper: 6, 6, 4, 3, 2, 2, 1 in 6 x 4. The first row is 6, 6; then 4, 3; 2; and 2, 1 beside each other. */
static void test_paper(void **state)
{
    static const uint64_t sizes[] = {6, 6, 4, 3, 2, 2, 1};
    static const struct rect wanted[] = {{0, 0, 300, 200},   {0, 200, 300, 200},   {300, 0, 171, 233},
                                         {471, 0, 129, 233}, {300, 233, 120, 167}, {420, 233, 120, 167},
                                         {540, 233, 60, 167}};
    struct rect got[COUNT(sizes)];

    (void)state;
    squarify(sizes, COUNT(sizes), (struct rect){0, 0, 600, 400}, got);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_int_equal(got[i].x, wanted[i].x);
        assert_int_equal(got[i].y, wanted[i].y);
        assert_int_equal(got[i].w, wanted[i].w);
        assert_int_equal(got[i].h, wanted[i].h);
    }
}

static bool overlap(const struct rect *a, const struct rect *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* No overlap, all inside, and together the whole area. */
static void check_cover(const struct rect *area, const struct rect *r, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += (uint64_t)r[i].w * r[i].h;
        assert_true(r[i].x >= area->x && r[i].x + r[i].w <= area->x + area->w);
        assert_true(r[i].y >= area->y && r[i].y + r[i].h <= area->y + area->h);
        for (size_t k = 0; k < i && r[i].w && r[i].h; k++)
            assert_false(r[k].w && r[k].h && overlap(&r[i], &r[k]));
    }
    assert_int_equal(sum, (uint64_t)area->w * area->h);
}

static int largest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

static uint64_t random_size(void)
{
    uint64_t r = (uint64_t)random() << 32 | (uint64_t)random();

    return random() % 8 == 0 ? 0 : r >> (random() % 60);
}

static void test_random(void **state)
{
    const char *given = getenv("MICA_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    static uint64_t sizes[MAX_N];
    static struct rect got[MAX_N];

    (void)state;
    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < 300; round++) {
        size_t n = 1 + (size_t)random() % MAX_N;
        struct rect area = {(uint32_t)random() % 1000, (uint32_t)random() % 1000,
                            1 + (uint32_t)random() % 200000, 1 + (uint32_t)random() % 200000};

        for (size_t i = 0; i < n; i++)
            sizes[i] = random_size();
        sizes[0] |= 1;
        qsort(sizes, n, sizeof *sizes, largest_first);
        squarify(sizes, n, area, got);
        check_cover(&area, got, n);
        for (size_t i = 0; i < n; i++)
            assert_true(sizes[i] || !got[i].w || !got[i].h);
    }
}

/* Equal sizes make squares, nearly, and areas that are right. */
static void test_shape(void **state)
{
    uint64_t sizes[100];
    struct rect got[100];

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        sizes[i] = 7;
    squarify(sizes, COUNT(sizes), (struct rect){0, 0, 100000, 100000}, got);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double ratio = (double)got[i].w / got[i].h, area = (double)got[i].w * got[i].h;

        assert_true(ratio > 0.4 && ratio < 2.5);
        assert_true(area > 0.99e8 && area < 1.01e8);
    }
}

static void test_edges(void **state)
{
    static const uint64_t none[] = {0, 0, 0}, huge[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, 1};
    static const struct rect area = {5, 6, UINT32_MAX / 2, UINT32_MAX / 2}, flat = {0, 0, 100, 0};
    struct rect got[4];

    (void)state;
    squarify(none, 3, area, got);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(got[i].w, 0);
    squarify(huge, 4, area, got);
    check_cover(&area, got, 4);
    squarify(huge, 4, flat, got);
    check_cover(&flat, got, 4);
    squarify(huge, 0, area, got);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paper),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
