/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "indexing/index_writer.h"
#include "indexing/merge_order.h"
#include "os/cleanup.h"

/* A layer whose root has the names in `names`, one letter each, in just that order. */
static struct merge_layer layer_of(const char *names)
{
    static const uint8_t digest[32];
    struct index_writer *w = index_writer_new(INDEX_LAYER, -1);
    cleanup_fd int fd = memfd_create("layer", MFD_CLOEXEC);
    struct merge_layer layer = {.digest = digest, .digest_len = 32};
    struct err err = {""};
    struct index *ix;
    uint32_t ino;

    assert_int_equal(
        index_writer_inode(w, &(struct index_inode){.mode = S_IFDIR | 0755, .nlink = 2, .parent = 1}, &ino),
        0);
    for (const char *c = names; *c; c++)
        assert_int_equal(
            index_writer_name(
                w, &(struct index_name){.name = c, .len = 1, .type = DT_WHT, .flags = NAME_WHITEOUT}, NULL),
            0);
    assert_int_equal(index_writer_set_names(w, ino, 0, strlen(names)), 0);
    fchmod(fd, 0600);
    assert_int_equal(index_writer_finish(w, fd), 0);
    index_writer_free(w);
    if (index_open(fd, "layer", INDEX_LAYER, &ix, &err) < 0)
        fail_msg("%s", err.text);
    layer.index = ix;
    return layer;
}

/* What comes of the layers' names: each with the layers that have it, as digits. Returns the last result. */
static int order(const char *const *names, uint32_t n, char *text)
{
    struct merge_layer layers[3];
    struct merge_order o = {.layers = layers};
    const struct candidate *c;
    uint32_t damaged = 9;
    int r = 0;

    for (uint32_t i = 0; i < n; i++) {
        layers[i] = layer_of(names[i]);
        assert_int_equal(merge_order_add(&o, i, INDEX_ROOT), 0);
    }
    while ((r = merge_order_next(&o, &c, &damaged)) > 0) {
        *text++ = c[0].name.name[0];
        for (int i = 0; i < r; i++)
            *text++ = (char)('0' + c[i].layer);
    }
    if (r == -EUCLEAN)
        *text++ = (char)('0' + damaged);
    *text = 0;
    merge_order_free(&o);
    for (uint32_t i = 0; i < n; i++)
        index_free((struct index *)(uintptr_t)layers[i].index);
    return r;
}

static void takes_the_least_of_all(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(order((const char *[]){"ace", "abe", "de"}, 3, text), 0);
    assert_string_equal(text, "a10b1c0d2e210");
    assert_int_equal(order((const char *[]){"", "x", ""}, 3, text), 0);
    assert_string_equal(text, "x1");
    assert_int_equal(order(NULL, 0, text), 0);
    assert_string_equal(text, "");
}

static void names_the_layer_that_is_not_sorted(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(order((const char *[]){"ab", "acb"}, 2, text), -EUCLEAN);
    assert_string_equal(text, "a10b01"); /* "b" of layer 0, then "c" of layer 1 is followed by "b" */
    assert_int_equal(order((const char *[]){"aa"}, 1, text), -EUCLEAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_least_of_all),
        cmocka_unit_test(names_the_layer_that_is_not_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
