/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "union/names.h"

static void test_one_name(void **state)
{
    struct names *n = names_new();
    struct name *a, *b;

    (void)state;
    assert_null(names_find(n, "a"));
    assert_null(names_from(n, 0));
    a = names_add(n, "a");
    assert_int_equal(a->number, 1);
    assert_int_equal(a->len, 1);
    assert_ptr_equal(names_add(n, "a"), a);
    b = names_add(n, "b");
    assert_int_equal(b->number, 2);
    assert_ptr_equal(names_find(n, "a"), a);
    assert_null(names_find(n, "ab"));
    b->whiteout = true;
    assert_int_equal(names_count(n), 1);
    names_remove(n, a);
    assert_null(names_find(n, "a"));
    assert_ptr_equal(names_from(n, 0), b);
    assert_ptr_equal(names_from(n, 2), b);
    assert_null(names_from(n, 3));
    /* What comes again comes at the end. */
    assert_int_equal(names_add(n, "a")->number, 3);
    assert_int_equal(names_listed(n), 0);
    names_begin_listing(n);
    assert_non_null(names_add(n, "c"));
    assert_int_equal(names_listed(n), 3);
    names_free(n);
    names_free(NULL);
}

static void test_any_bytes(void **state)
{
    char longest[256];
    struct names *n = names_new();
    const char *texts[] = {"\xff", "\n", " ", ".wh.a", longest, "\xc3\x28"};

    (void)state;
    memset(longest, 'n', 255);
    longest[255] = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_non_null(names_add(n, texts[i]));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_string_equal(names_find(n, texts[i])->text, texts[i]);
        assert_int_equal(names_find(n, texts[i])->len, strlen(texts[i]));
    }
    names_free(n);
}

/* After names_reserve the next name needs no room, however many came before. */
static void test_reserve(void **state)
{
    struct names *n = names_new();
    char text[16];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(names_reserve(n), 0);
        snprintf(text, sizeof text, "%u", i);
        assert_non_null(names_add(n, text));
    }
    assert_int_equal(names_count(n), 1000);
    names_free(n);
}

#define MODEL 400

/* Names that come and go, beside an array of which is there under which number. */
static void test_model(void **state)
{
    struct names *n = names_new();
    uint64_t numbers[MODEL] = {0}, last = 0;
    unsigned seed = (unsigned)time(NULL), present = 0, hidden = 0;
    char text[16];

    (void)state;
    printf("seed %u\n", seed);
    srandom(seed);
    for (unsigned step = 0; step < 200000; step++) {
        /* It fills in one half of the time and empties in the other. */
        unsigned i = (unsigned)random() % MODEL, grows = step / 5000 % 2;
        struct name *name;

        snprintf(text, sizeof text, "name%u", i);
        name = names_find(n, text);
        assert_int_equal(name != NULL, numbers[i] != 0);
        if (name)
            assert_int_equal(name->number, numbers[i]);
        if (!name && random() % 4 < (grows ? 3 : 1)) {
            name = names_add(n, text);
            assert_int_equal(name->number, ++last);
            numbers[i] = last;
            present++;
            name->whiteout = random() % 3 == 0;
            hidden += name->whiteout;
        } else if (name && random() % 4 < (grows ? 1 : 3)) {
            hidden -= name->whiteout;
            names_remove(n, name);
            numbers[i] = 0;
            present--;
        }
        if (step % 1000 != 0)
            continue;
        assert_int_equal(names_count(n), present - hidden);
        /* In the order of coming, each once. */
        unsigned seen = 0;
        uint64_t before = 0;
        for (name = names_from(n, 0); name; name = names_from(n, name->number + 1)) {
            assert_true(name->number > before);
            before = name->number;
            seen++;
        }
        assert_int_equal(seen, present);
    }
    names_free(n);
}

#define MANY 400000

/* Whoever removes the first name, again and again, does not go through all that have gone: this takes a
 * fraction of a second, or minutes. */
static void test_the_first_is_found_at_once(void **state)
{
    struct names *n = names_new();
    clock_t started = clock();
    char text[16];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%u", i);
        assert_non_null(names_add(n, text));
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct name *first = names_from(n, 0);

        assert_int_equal(first->number, i + 1);
        names_remove(n, first);
        if (i % 1000 == 0)
            assert_true(clock() - started < 15 * CLOCKS_PER_SEC);
    }
    assert_null(names_from(n, 0));
    names_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_name),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_the_first_is_found_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
