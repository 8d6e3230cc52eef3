/* SPDX-License-Identifier: Apache-2.0 */
/* Hard links of a layer to what lower layers have: which file is meant, by the order of the archive's
 * entries; and targets that lead through symbolic links of lower layers, as a chroot of those would resolve
 * them. And a merge that is cancelled. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/layer_builder.h"
#include "indexing/merge_lookup.h"
#include "os/cleanup.h"
#include "tree/index_verify.h"

static struct index *finish(struct layer_builder *b)
{
    cleanup_fd int fd = memfd_create("layer", MFD_CLOEXEC);
    struct index *ix = NULL;
    struct err err = {""};

    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(layer_builder_finish(b, fd, &err), 0);
    if (index_open(fd, "layer", INDEX_LAYER, &ix, &err) < 0)
        fail_msg("%s", err.text);
    layer_builder_free(b);
    return ix;
}

/* A stack whose layer 2 has just "h", a hard link to `target`. Owners are the numbers of the entries. */
struct lower_link {
    const char *what, *target;
    struct {
        int layer;
        const char *path, *link; /* a symbolic link's target, or NULL: a file */
    } entries[6];
    unsigned owner; /* of h, or 0: refused */
    const char *refusal;
};

static const struct lower_link lower_links[] = {
    {"a link in the same layer", "lib/a", {{0, "usr/lib/a", 0}, {0, "lib", "usr/lib"}}, 1, 0},
    {"a link above what it leads to", "lib/a", {{0, "usr/lib/a", 0}, {1, "lib", "usr/lib"}}, 1, 0},
    {"a link below what it leads to", "lib/a", {{0, "lib", "usr/lib"}, {1, "usr/lib/a", 0}}, 2, 0},
    {"an absolute link", "x/y/l/a", {{0, "a", 0}, {0, "d/a", 0}, {1, "x/y/l", "/d"}}, 2, 0},
    {"..", "x/l/a", {{0, "x/d/a", 0}, {0, "x/e/b", 0}, {0, "x/l", ".././x/e/../d"}}, 1, 0},
    {".. that stops at the root", "x/l/a", {{0, "d/a", 0}, {1, "x/l", "../../../d"}}, 1, 0},
    {".. leaves what a link leads to",
     "q/a",
     {{0, "x/z/a", 0}, {0, "x/y/b", 0}, {1, "p", "x/y"}, {1, "q", "p/../z"}},
     1,
     0},
    {"a link of a link", "p/a", {{0, "d/a", 0}, {0, "q", "d"}, {1, "p", "q"}}, 1, 0},
    {"the last one is not followed", "d/l", {{0, "d/l", "f"}, {0, "d/f", 0}}, 1, 0},
    {"a hidden link is none", "lib/a", {{0, "usr/lib/a", 0}, {0, "lib", "usr/lib"}, {1, "lib/a", 0}}, 3, 0},
    {"nothing there", "lib/a", {{0, "lib", "usr/lib"}, {0, "usr/x", 0}}, 0, "in no layer"},
    {".. from what is not there", "lib/a", {{0, "lib", "no/../d"}, {0, "d/a", 0}}, 0, "in no layer"},
    {"a link to a file", "l/a", {{0, "l", "f"}, {0, "f", 0}}, 0, "in no layer"},
    {"a circle", "l/a", {{0, "l", "m"}, {1, "m", "l"}}, 0, "which leads through too many symbolic links"},
};

static void stack_of(const struct lower_link *row, struct merge_layer layers[3])
{
    static const uint8_t digest[32];

    for (int l = 0; l < 3; l++) {
        struct layer_builder *b = layer_builder_new(100, -1);

        for (unsigned i = 0; i < 6 && row->entries[i].path; i++) {
            struct layer_entry e = {.mode = row->entries[i].link ? S_IFLNK | 0777 : S_IFREG | 0644,
                                    .uid = i + 1,
                                    .target = row->entries[i].link};
            uint32_t id;

            if (row->entries[i].layer == l)
                assert_int_equal(layer_builder_add(b, row->entries[i].path, &e, &id, NULL), 0);
        }
        if (l == 2)
            assert_int_equal(layer_builder_link(b, "h", row->target, NULL), 0);
        layers[l] = (struct merge_layer){finish(b), digest, 32};
    }
}

static void follows_symbolic_links_of_lower_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lower_links) / sizeof(*lower_links); i++) {
        const struct lower_link *row = &lower_links[i];
        cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
        struct merge_layer layers[3];
        struct err err = {""};
        struct index_inode in;
        struct index_name name;
        struct index *ix;
        int r;

        stack_of(row, layers);
        fchmod(fd, 0600);
        r = merge_layers(layers, 3, -1, fd, NULL, &err);
        if (!row->owner && (r == 0 || !strstr(err.text, row->refusal)))
            fail_msg("%s: %d \"%s\"", row->what, r, err.text);
        if (row->owner) {
            if (r < 0 || index_open(fd, "tree", INDEX_TREE, &ix, &err) < 0)
                fail_msg("%s: %s", row->what, err.text);
            assert_int_equal(index_find(ix, INDEX_ROOT, "h", 1, &name, NULL), 0);
            assert_int_equal(index_inode(ix, name.inode, &in), 0);
            if (in.uid != row->owner || in.nlink != 2)
                fail_msg("%s: of %u, %u names", row->what, in.uid, in.nlink);
            index_free(ix);
        }
        for (int l = 0; l < 3; l++)
            index_free((struct index *)(uintptr_t)layers[l].index);
    }
}

/* A stack of two layers, by their entries in order: f a file, h a hard link to `link`. Owners are the numbers
 * of the entries. */
struct order {
    const char *what;
    struct {
        int layer;
        char kind;
        const char *path, *link;
    } entries[6];
    const char *shown; /* "b" and its owner's number, and how many names it has; or the refusal */
};

static const struct order orders[] = {
    {"replaced later", {{0, 'f', "a", 0}, {1, 'h', "b", "a"}, {1, 'f', "a", 0}}, "b 1, 1 names"},
    {"replaced before", {{0, 'f', "a", 0}, {1, 'f', "a", 0}, {1, 'h', "b", "a"}}, "b 2, 2 names"},
    {"removed later", {{0, 'f', "a", 0}, {1, 'h', "b", "a"}, {1, 'f', ".wh.a", 0}}, "b 1, 1 names"},
    {"in no lower layer", {{0, 'f', "x", 0}, {1, 'h', "b", "a"}, {1, 'f', "a", 0}}, "b 3, 2 names"},
    {"a directory below", {{0, 'f', "a/x", 0}, {1, 'h', "b", "a"}, {1, 'f', "a", 0}}, "b 3, 2 names"},
    {"hidden later",
     {{0, 'f', "d/a", 0}, {1, 'h', "b", "d/a"}, {1, 'f', "d/.wh..wh..opq", 0}, {1, 'f', "d/a", 0}},
     "b 1, 1 names"},
    {"replaced by a directory", {{0, 'f', "a", 0}, {1, 'h', "b", "a"}, {1, 'f', "a/x", 0}}, "b 1, 1 names"},
    {"in another directory, which is replaced",
     {{0, 'f', "d/a", 0}, {1, 'h', "b", "d/a"}, {1, 'f', "d", 0}},
     "b 1, 1 names"},
    {"a chain",
     {{0, 'f', "a", 0}, {1, 'h', "c", "a"}, {1, 'h', "b", "c"}, {1, 'f', "a", 0}, {1, 'f', "c", 0}},
     "b 1, 1 names"},
    {"a chain backwards",
     {{0, 'f', "x", 0}, {1, 'h', "b", "c"}, {1, 'h', "c", "a"}, {1, 'f', "a", 0}},
     "b 4, 3 names"},
    {"a chain backwards, its middle below",
     {{0, 'f', "c", 0}, {1, 'h', "b", "c"}, {1, 'h', "c", "a"}, {1, 'f', "a", 0}},
     "b 1, 1 names"},
    {"to each other", {{0, 'f', "x", 0}, {1, 'h', "b", "c"}, {1, 'h', "c", "b"}}, "in no layer"},
    {"a circle",
     {{0, 'f', "x", 0}, {1, 'h', "b", "c"}, {1, 'h', "c", "d"}, {1, 'h', "d", "b"}},
     "leads through hard links to itself"},
    {"to itself", {{0, 'f', "x", 0}, {1, 'h', "b", "b"}}, "in no layer"},
    {"to itself, which is below", {{0, 'f', "b", 0}, {1, 'h', "b", "b"}}, "b 1, 1 names"},
};

static void add_in_order(struct layer_builder *b, const struct order *row, int layer)
{
    for (unsigned i = 0; i < 6 && row->entries[i].path; i++) {
        struct layer_entry e = {.mode = S_IFREG | 0644, .uid = i + 1};
        uint32_t id;

        if (row->entries[i].layer != layer)
            continue;
        if (row->entries[i].kind == 'h')
            assert_int_equal(layer_builder_link(b, row->entries[i].path, row->entries[i].link, NULL), 0);
        else
            assert_int_equal(layer_builder_add(b, row->entries[i].path, &e, &id, NULL), 0);
    }
}

/* As whoever unpacks one archive after the other has it. */
static void the_order_of_an_archive_counts(void **state)
{
    static const uint8_t digest[32];

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
        struct merge_layer layers[2];
        struct err err = {""};
        struct index_inode in;
        struct index_name name;
        struct index *ix;
        char shown[64] = "";

        for (int l = 0; l < 2; l++) {
            struct layer_builder *b = layer_builder_new(100, -1);

            add_in_order(b, &orders[i], l);
            layers[l] = (struct merge_layer){finish(b), digest, 32};
        }
        fchmod(fd, 0600);
        if (merge_layers(layers, 2, -1, fd, NULL, &err) == 0) {
            assert_int_equal(index_open(fd, "tree", INDEX_TREE, &ix, &err), 0);
            assert_int_equal(index_verify(ix, &err), 0);
            assert_int_equal(index_find(ix, INDEX_ROOT, "b", 1, &name, NULL), 0);
            assert_int_equal(index_inode(ix, name.inode, &in), 0);
            snprintf(shown, sizeof shown, "b %u, %u names", in.uid, in.nlink);
            index_free(ix);
        }
        if (!strstr(*shown ? shown : err.text, orders[i].shown))
            fail_msg("%s: %s", orders[i].what, *shown ? shown : err.text);
        for (int l = 0; l < 2; l++)
            index_free((struct index *)(uintptr_t)layers[l].index);
    }
}

/* Each link is read before its target, which is the next one: none may follow the rest of the chain anew. */
static void long_chains_of_links_cost_no_more(void **state)
{
    enum { LINKS = 100000 };
    static const uint8_t digest[32];
    cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
    struct layer_builder *b = layer_builder_new(1000000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    struct merge_layer layer = {NULL, digest, 32};
    struct err err = {""};
    struct index_inode in;
    struct index_name name;
    struct index *ix;
    char path[32], target[32];
    uint32_t id;

    (void)state;
    for (int i = 0; i < LINKS; i++) {
        snprintf(path, sizeof(path), "%06d", i);
        snprintf(target, sizeof(target), "%06d", i + 1);
        assert_int_equal(layer_builder_link(b, path, target, NULL), 0);
    }
    assert_int_equal(layer_builder_add(b, target, &file, &id, NULL), 0);
    layer.index = finish(b);
    fchmod(fd, 0600);
    if (merge_layers(&layer, 1, -1, fd, NULL, &err) < 0) /* each step would be counted: LINK_STEPS_MAX */
        fail_msg("%s", err.text);
    assert_int_equal(index_open(fd, "tree", INDEX_TREE, &ix, &err), 0);
    assert_int_equal(index_find(ix, INDEX_ROOT, "000000", 6, &name, NULL), 0);
    assert_int_equal(index_inode(ix, name.inode, &in), 0);
    assert_int_equal(in.nlink, LINKS + 1);
    index_free(ix);
    index_free((struct index *)(uintptr_t)layer.index);
}

static void ends_when_cancelled(void **state)
{
    static const uint8_t digest[32];
    static const struct layer_entry e = {.mode = S_IFREG | 0644};
    struct layer_builder *b = layer_builder_new(10, -1);
    cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
    struct merge_layer layer = {.digest = digest, .digest_len = 32};
    atomic_bool cancel = true;
    struct err err = {""};
    struct stat st;
    uint32_t id;

    (void)state;
    assert_int_equal(layer_builder_add(b, "a/b", &e, &id, NULL), 0);
    layer.index = finish(b);
    assert_int_equal(merge_layers(&layer, 1, -1, fd, &cancel, &err), -ECANCELED);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    cancel = false;
    assert_int_equal(merge_layers(&layer, 1, -1, fd, &cancel, &err), 0);
    index_free((struct index *)(uintptr_t)layer.index);
}

/* Each name asked of a layer counts, and each byte of a link: so circles and long targets end. */
static void counts_what_links_cost(void **state)
{
    static const struct {
        const char *path;
        uint64_t steps;
        int expected;
        uint64_t left;
    } rows[] = {
        {"l/f", 20, 0, 20 - 3 - 7 - 9},  {"l/f", 10, -E2BIG, 0},  {"l/f", 9, -E2BIG, 6}, {"l", 20, 0, 17},
        {"m/f", 300, -ELOOP, 300 - 246}, {"m/f", 100, -E2BIG, 1},
    };
    static const uint8_t digest[32];
    struct layer_entry file = {.mode = S_IFREG | 0644}, link = {.mode = S_IFLNK | 0777, .target = "./d/d/."},
                       circle = {.mode = S_IFLNK | 0777, .target = "./m"};
    struct merge_layer layers[3];

    (void)state;
    for (int l = 0; l < 3; l++) {
        struct layer_builder *b = layer_builder_new(10, -1);
        uint32_t id;

        assert_int_equal(layer_builder_add(b, l ? "d/d/g" : "d/d/f", &file, &id, NULL), 0);
        if (l == 2) {
            assert_int_equal(layer_builder_add(b, "l", &link, &id, NULL), 0);
            assert_int_equal(layer_builder_add(b, "m", &circle, &id, NULL), 0);
        }
        layers[l] = (struct merge_layer){finish(b), digest, 32};
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t steps = rows[i].steps;
        struct part p;

        assert_int_equal(merge_lookup(layers, 3, rows[i].path, strlen(rows[i].path), &steps, &p),
                         rows[i].expected);
        assert_int_equal(steps, rows[i].left);
    }
    for (int l = 0; l < 3; l++)
        index_free((struct index *)(uintptr_t)layers[l].index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_when_cancelled),
        cmocka_unit_test(the_order_of_an_archive_counts),
        cmocka_unit_test(long_chains_of_links_cost_no_more),
        cmocka_unit_test(follows_symbolic_links_of_lower_layers),
        cmocka_unit_test(counts_what_links_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
