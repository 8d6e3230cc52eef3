/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of stacks made by hand, with the answers written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "study_case.h"

#define MAX_LAYERS 6

struct told {
    const char *path, *events;
};

static uint32_t count_layers(struct index *const *layers)
{
    uint32_t n = 0;

    while (n < MAX_LAYERS && layers[n])
        n++;
    return n;
}

static void free_layers(struct index **layers)
{
    for (uint32_t i = 0, n = count_layers(layers); i < n; i++)
        index_free(layers[i]);
}

static struct study *open_study(struct index **layers, struct err *err)
{
    struct study *s = NULL;

    assert_int_equal(study_open((const struct index *const *)layers, count_layers(layers), err, &s), 0);
    return s;
}

/* The whole walk gives these paths, in this order, with these events; and entering each of them gives the same. */
static void check(struct index **layers, const struct told *told)
{
    struct err err = {""};
    struct study *s = open_study(layers, &err);
    const struct study_path *p;
    char buf[256];

    for (const struct told *t = told; t->path; t++) {
        assert_int_equal(study_next(s, &p), 1);
        assert_string_equal(p->text, t->path);
        assert_string_equal(case_events(p, buf), t->events);
        assert_int_equal(strlen(p->text), p->len);
    }
    assert_int_equal(study_next(s, &p), 0);
    for (const struct told *t = told; t->path; t++) {
        char text[256], *names[64];
        size_t n = 0;

        strcpy(text, t->path);
        for (char *save, *name = strtok_r(text, "/", &save); name; name = strtok_r(NULL, "/", &save))
            names[n++] = name;
        assert_int_equal(study_enter(s, (const char *const *)names, n), 0);
        assert_int_equal(study_next(s, &p), 1);
        assert_string_equal(p->text, t->path);
        assert_string_equal(case_events(p, buf), t->events);
        /* What comes next is in it, and in nothing else. */
        while (study_next(s, &p) > 0)
            assert_memory_equal(p->text, t->path, strlen(t->path));
    }
    study_close(s);
    free_layers(layers);
}

static void test_shipped_changed_deleted(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/f:one"), LAYER("x:x"), LAYER("d/f:three"),
                                        LAYER("y:y"), LAYER("d/.wh.f")};
    const struct told told[] = {{"/", "1+ 2= 3= 4= 5="},
                                {"/d", "1+ 3= 5="},
                                {"/d/f", "1+ 3c 5-w"},
                                {"/x", "2+"},
                                {"/y", "4+"},
                                {NULL, NULL}};

    check(layers, told);
}

static void test_chmod_alone(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("f:abc", "g:abc", "d/", "l>f"),
                                        LAYER("f:abc@600", "g:abc", "d/@700", "l>g")};
    const struct told told[] = {{"/", "1+ 2="},  {"/d", "1+ 2m"}, {"/f", "1+ 2m"},
                                {"/g", "1+ 2="}, {"/l", "1+ 2c"}, {NULL, NULL}};

    check(layers, told);
}

static void test_opaque(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/a:1", "d/b:1", "d/e/", "d/e/f:1"),
                                        LAYER("d/", "d/.wh..wh..opq", "d/b:2", "d/c:2"), LAYER("d/a:3")};
    const struct told told[] = {{"/", "1+ 2= 3="},    {"/d", "1+ 2= 3="}, {"/d/a", "1+ 2-o 3+"},
                                {"/d/b", "1+ 2c"},    {"/d/c", "2+"},     {"/d/e", "1+ 2-o"},
                                {"/d/e/f", "1+ 2-o"}, {NULL, NULL}};

    check(layers, told);
}

static void test_links_over_layers(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("a:1"), LAYER("b=a"), LAYER(".wh.a"), LAYER("b:2", "c=b")};
    const struct told told[] = {
        {"/", "1+ 2= 3= 4="}, {"/a", "1+ 3-w"}, {"/b", "2+ 4c"}, {"/c", "4+"}, {NULL, NULL}};

    check(layers, told);
}

static void test_rename(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("old/", "old/f:1", "old/s/", "old/s/g:2"),
                                        LAYER(".wh.old", "new/", "new/f:1", "new/s/", "new/s/g:2")};
    const struct told told[] = {{"/", "1+ 2="},       {"/new", "2+"},       {"/new/f", "2+"},
                                {"/new/s", "2+"},     {"/new/s/g", "2+"},   {"/old", "1+ 2-w"},
                                {"/old/f", "1+ 2-w"}, {"/old/s", "1+ 2-w"}, {"/old/s/g", "1+ 2-w"},
                                {NULL, NULL}};

    check(layers, told);
}

static void test_types(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/f:1"), LAYER("d:file"), LAYER("d/", "d/g:3"),
                                        LAYER("d/f:4"), LAYER(".wh.none")};
    const struct told told[] = {{"/", "1+ 2= 3= 4= 5="}, {"/d", "1+ 2c 3c 4="}, {"/d/f", "1+ 2-t 4+"},
                                {"/d/g", "3+"},          {"/none", "5."},       {NULL, NULL}};

    check(layers, told);
}

/* A directory that was removed and made again in one layer, and removals in what is not there. */
static void test_made_again(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/a:1", "d/b:1"), LAYER(".wh.d", "d/", "d/b:1"),
                                        LAYER("d/.wh.b"), LAYER("no/.wh.b")};
    const struct told told[] = {{"/", "1+ 2= 3= 4="},  {"/d", "1+ 2= 3="}, {"/d/a", "1+ 2-w"},
                                {"/d/b", "1+ 2= 3-w"}, {"/no", "4."},      {"/no/b", "4."},
                                {NULL, NULL}};

    check(layers, told);
}

static void test_between(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("f:1"), LAYER("f:1@600"), LAYER("f:1"), LAYER(".wh.f")};
    struct err err = {""};
    struct study *s = open_study(layers, &err);
    const struct study_path *p;
    const char *names[] = {"f"};
    enum study_change change;
    unsigned differs;
    static const struct {
        uint32_t from, to;
        enum study_change change;
    } rows[] = {{0, 0, STUDY_ADDED},    {0, 1, STUDY_ADDED},   {1, 1, STUDY_METADATA}, {1, 2, STUDY_SAME},
                {2, 2, STUDY_METADATA}, {1, 3, STUDY_REMOVED}, {0, 3, STUDY_NOTHING}};

    assert_int_equal(study_enter(s, names, 1), 0);
    assert_int_equal(study_next(s, &p), 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(study_between(s, p, rows[i].from, rows[i].to, &change, &differs), 0);
        assert_int_equal(change, rows[i].change);
        assert_int_equal(differs, change == STUDY_METADATA ? STUDY_DIFFERS_MODE : 0);
    }
    /* One directory of a screen: its names alone. */
    study_close(s);
    free_layers(layers);
}

/* Names of one directory, without what is in them; and a path that no layer has. */
static void test_one_directory(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/a/", "d/a/x:1", "d/b:1", "e:1"),
                                        LAYER("d/a/y:2", "d/c:2")};
    struct err err = {""};
    struct study *s = open_study(layers, &err);
    const struct study_path *p;
    const char *d[] = {"d"}, *none[] = {"no", "such"};
    static const char *const names[] = {"/d", "/d/a", "/d/b", "/d/c"};

    assert_int_equal(study_enter(s, d, 1), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(study_next(s, &p), 1);
        assert_string_equal(p->text, names[i]);
        assert_memory_equal(p->name, names[i] + (i ? 3 : 1), p->name_len);
        if (i)
            study_skip(s);
    }
    assert_int_equal(study_next(s, &p), 0);
    assert_int_equal(study_enter(s, none, 2), 0);
    assert_int_equal(study_next(s, &p), 1);
    assert_string_equal(p->text, "/no/such");
    assert_int_equal(p->n, 0);
    assert_int_equal(study_next(s, &p), 0);
    study_close(s);
    free_layers(layers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_changed_deleted),
        cmocka_unit_test(test_chmod_alone),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_links_over_layers),
        cmocka_unit_test(test_rename),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_made_again),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_one_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
