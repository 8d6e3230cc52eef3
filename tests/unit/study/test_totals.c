/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of stacks made by hand, with the answers written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "os/buf.h"
#include "study/key_table.h"
#include "study/totals.h"
#include "study_case.h"

#define MAX_LAYERS 6

static int note_dead(void *ctx, const char *path, const struct study_pair *p)
{
    return buf_printf(ctx, "%s %u>%u %c %llu\n", path, p->from + 1, p->by + 1, "cmv-"[p->loss],
                      (unsigned long long)p -> size);
}

/* `layers` ends with NULL; `sums`: "+added ~changed m metadata - removed size/dead" of each layer, a line each. */
static void check(struct index **layers, const char *sums, const char *pairs, const char *dead)
{
    cleanup_buf struct buf text = BUF_INIT, noted = BUF_INIT;
    struct study_totals t;
    struct err err = {""};
    struct study *s;
    const struct study_watch watch = {.dead = note_dead, .moves = true, .ctx = &noted};
    uint32_t n = 0;

    while (layers[n])
        n++;
    assert_int_equal(study_open((const struct index *const *)layers, n, &err, &s), 0);
    assert_int_equal(study_count(s, &watch, &t), 0);
    for (uint32_t i = 0; i < n; i++) {
        const struct study_layer_total *l = &t.layers[i];

        assert_int_equal(buf_printf(&text, "+%d ~%d m%d -%d %d/%d\n", (int)l->added, (int)l->changed,
                                    (int)l->metadata, (int)l->removed, (int)l->size, (int)l->dead),
                         0);
        assert_int_equal(l->size, index_content_size(layers[i]));
    }
    assert_string_equal(buf_str(&text), sums);
    text.len = 0;
    for (size_t i = 0; i < t.n_pairs; i++)
        assert_int_equal(note_dead(&text, "", &t.pairs[i]), 0);
    assert_string_equal(buf_str(&text), pairs);
    assert_string_equal(buf_str(&noted), dead);
    study_totals_free(&t);
    study_close(s);
    for (uint32_t i = 0; i < n; i++)
        index_free(layers[i]);
}

static void test_shipped_changed_deleted(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/f:one"), LAYER("x:x"), LAYER("d/f:three"),
                                        LAYER("y:y"), LAYER("d/.wh.f")};

    check(layers, "+1 ~0 m0 -0 3/3\n+1 ~0 m0 -0 1/0\n+0 ~1 m0 -0 5/5\n+1 ~0 m0 -0 1/0\n+0 ~0 m0 -1 0/0\n",
          " 3>5 - 5\n 1>3 c 3\n", "/d/f 1>3 c 3\n/d/f 3>5 - 5\n");
}

static void test_chmod_alone(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("f:abc", "g:abcd"), LAYER("f:abc@600", "g:abcd")};

    check(layers, "+2 ~0 m0 -0 7/7\n+0 ~0 m1 -0 7/0\n", " 1>2 m 7\n", "/f 1>2 m 3\n/g 1>2 m 4\n");
}

static void test_opaque(void **state)
{
    (void)state;
    struct index *layers[MAX_LAYERS] = {LAYER("d/", "d/a:1", "d/b:22", "d/e/", "d/e/f:333", "d/e/empty:"),
                                        LAYER("d/", "d/.wh..wh..opq", "d/b:4444")};

    check(layers, "+4 ~0 m0 -0 6/6\n+0 ~1 m0 -3 4/0\n", " 1>2 - 4\n 1>2 c 2\n",
          "/d/a 1>2 - 1\n/d/b 1>2 c 2\n/d/e/empty 1>2 - 0\n/d/e/f 1>2 - 3\n");
}

/* The bytes of a stay as long as one of its names does, in whichever layer that was given. */
static void test_links_over_layers(void **state)
{
    (void)state;
    struct index *live[MAX_LAYERS] = {LAYER("a:123"), LAYER("b=a"), LAYER(".wh.a")};
    struct index *dead[MAX_LAYERS] = {LAYER("a:123"), LAYER("b=a"), LAYER(".wh.a"), LAYER("b:2")};
    struct index *inside[MAX_LAYERS] = {LAYER("a:12345", "b=a", "c=a"), LAYER(".wh.c"), LAYER("a:1"),
                                        LAYER("d/"), LAYER(".wh.b")};

    check(live, "+1 ~0 m0 -0 3/0\n+1 ~0 m0 -0 0/0\n+0 ~0 m0 -1 0/0\n", "", "");
    check(dead, "+1 ~0 m0 -0 3/3\n+1 ~0 m0 -0 0/0\n+0 ~0 m0 -1 0/0\n+0 ~1 m0 -0 1/0\n", " 1>4 c 3\n",
          "/a 1>4 c 3\n");
    check(inside, "+3 ~0 m0 -0 5/5\n+0 ~0 m0 -1 0/0\n+0 ~1 m0 -0 1/0\n+0 ~0 m0 -0 0/0\n+0 ~0 m0 -1 0/0\n",
          " 1>5 - 5\n", "/a 1>5 - 5\n");
}

static void test_rename_and_types(void **state)
{
    (void)state;
    struct index *renamed[MAX_LAYERS] = {LAYER("old/", "old/f:12", "old/s/", "old/s/g:345"),
                                         LAYER(".wh.old", "new/", "new/f:12", "new/s/", "new/s/g:345")};
    struct index *types[MAX_LAYERS] = {LAYER("d/", "d/f:1"), LAYER("d:file"), LAYER("d/", "d/g:3")};

    check(renamed, "+2 ~0 m0 -0 5/5\n+2 ~0 m0 -2 5/0\n", " 1>2 v 5\n", "/old/f 1>2 v 2\n/old/s/g 1>2 v 3\n");
    check(types, "+1 ~0 m0 -0 1/1\n+1 ~0 m0 -1 4/4\n+1 ~0 m0 -1 1/0\n", " 2>3 c 4\n 1>2 - 1\n",
          "/d 2>3 c 4\n/d/f 1>2 - 1\n");
}

static void test_share(void **state)
{
    (void)state;
    assert_int_equal(study_share(100, 1, 3), 33);
    assert_int_equal(study_share(100, 3, 3), 100);
    assert_int_equal(study_share(100, 9, 3), 100);
    assert_int_equal(study_share(100, 0, 0), 0);
    assert_int_equal(study_share(UINT64_MAX, UINT64_MAX - 1, UINT64_MAX), UINT64_MAX - 1);
}

static void test_keys(void **state)
{
    (void)state;
    struct key_table t = {0};
    size_t at;

    assert_int_equal(key_table_find(&t, 7, &at), -ENOENT);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(key_table_add(&t, i << 32, &at), 1);
        assert_int_equal(at, i);
    }
    assert_int_equal(key_table_add(&t, 77ull << 32, &at), 0);
    assert_int_equal(at, 77);
    assert_int_equal(key_table_find(&t, 999ull << 32, &at), 0);
    assert_int_equal(at, 999);
    assert_int_equal(key_table_find(&t, 1, &at), -ENOENT);
    key_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_changed_deleted),
        cmocka_unit_test(test_chmod_alone),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_links_over_layers),
        cmocka_unit_test(test_rename_and_types),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
