/* SPDX-License-Identifier: Apache-2.0 */
/* What an image puts into a layer to make reading it cost much, and does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/layer_builder.h"
#include "indexing/layer_path.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "tree/index_verify.h"

static struct index *finish(struct layer_builder *b)
{
    cleanup_fd int fd = memfd_create("layer", MFD_CLOEXEC);
    struct index *ix = NULL;
    struct err err = {""};

    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(layer_builder_finish(b, fd, &err), 0);
    if (index_open(fd, "layer", INDEX_LAYER, &ix, &err) < 0 || index_verify(ix, &err) < 0)
        fail_msg("%s", err.text);
    return ix;
}

/* A directory of many names is replaced by a file, which a directory with the same name replaces, again and again: neither its
 * size nor the number of replacements before may count each time. */
static void replacing_costs_no_more_than_adding(void **state)
{
    clock_t start = clock(), added;
    struct layer_builder *b = layer_builder_new(1000000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    char path[32];
    uint32_t id;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        snprintf(path, sizeof(path), "d/%d", i);
        assert_int_equal(layer_builder_add(b, path, &file, &id, NULL), 0);
    }
    added = clock();
    for (int i = 0; i < 50000; i++) {
        assert_int_equal(layer_builder_add(b, "d", &file, &id, NULL), 0);
        assert_int_equal(layer_builder_add(b, "d/x", &file, &id, NULL), 0);
    }
    assert_true(clock() - added < 20 * (added - start) + CLOCKS_PER_SEC / 2);
    index_free(finish(b));
    layer_builder_free(b);
}

/* Each link is read before its target, which is the next one: none may follow the rest of the chain anew. */
static void long_chains_of_links_cost_no_more(void **state)
{
    enum { LINKS = 100000 };
    struct layer_builder *b = layer_builder_new(1000000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    struct index_inode in;
    struct index_name name;
    struct index *ix;
    char path[32], target[32];
    clock_t start = clock();
    uint32_t id;

    (void)state;
    /* No lower layer has any of them. */
    assert_int_equal(layer_builder_add(b, ".wh..wh..opq", &file, &id, NULL), 0);
    for (int i = 0; i < LINKS; i++) {
        snprintf(path, sizeof(path), "%06d", i);
        snprintf(target, sizeof(target), "%06d", i + 1);
        assert_int_equal(layer_builder_link(b, path, target, NULL), 0);
    }
    assert_int_equal(layer_builder_add(b, target, &file, &id, NULL), 0);
    ix = finish(b);
    assert_true(clock() - start < 12 * CLOCKS_PER_SEC);
    assert_int_equal(index_find(ix, INDEX_ROOT, "000000", 6, &name, NULL), 0);
    assert_int_equal(index_inode(ix, name.inode, &in), 0);
    assert_int_equal(in.nlink, LINKS + 1);
    index_free(ix);
    layer_builder_free(b);
}

/* As many attributes as a set may have, in the order that an insertion would like least. */
static void many_attributes_cost_no_more(void **state)
{
    enum { ATTRS = 60000 };
    struct layer_builder *b = layer_builder_new(10, -1);
    struct index_xattr *attrs = calloc(ATTRS, sizeof(*attrs));
    char(*names)[8] = calloc(ATTRS, sizeof(*names));
    struct layer_entry e = {.mode = S_IFREG, .xattrs = attrs, .n_xattrs = ATTRS};
    clock_t start = clock();
    uint32_t id;

    (void)state;
    for (int i = 0; i < ATTRS; i++) {
        snprintf(names[i], sizeof(names[i]), "%05d", i);
        attrs[i] = (struct index_xattr){names[i], 5, "v", 1};
    }
    assert_int_equal(layer_builder_add(b, "a", &e, &id, NULL), 0);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    index_free(finish(b));
    layer_builder_free(b);
    free(attrs);
    free(names);
}

/* The time to add many names: any, or those whose lengths make the offsets of their texts meet in one part of
 * a table of (directory, offset) that is hashed without a secret, here by multiplication. */
static clock_t time_to_add(bool chosen)
{
    struct layer_builder *b = layer_builder_new(1000000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    clock_t start = clock();
    uint64_t offset = 0;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t h = UINT64_MAX;
        char name[256];
        uint32_t id;
        int len = 8;

        while (len < 255 && chosen && (h & 0x3ffff) > 0x3fff) {
            h = (1ull << 32 | (offset + (uint64_t)++len)) * 0x9e3779b97f4a7c15ull;
            h ^= h >> 29;
        }
        snprintf(name, sizeof(name), "%0*u", len, i);
        offset += (uint64_t)len;
        assert_int_equal(layer_builder_add(b, name, &file, &id, NULL), 0);
    }
    layer_builder_free(b);
    return clock() - start;
}

static void chosen_names_cost_no_more(void **state)
{
    (void)state;
    assert_true(time_to_add(true) < 10 * time_to_add(false) + CLOCKS_PER_SEC / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replacing_costs_no_more_than_adding),
        cmocka_unit_test(long_chains_of_links_cost_no_more),
        cmocka_unit_test(many_attributes_cost_no_more),
        cmocka_unit_test(chosen_names_cost_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
