/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each layer does to a path: cases by hand, and random stacks where the verdict must agree with the tree
 * that merge_layers makes of the same layers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "indexing/layer_builder.h"
#include "indexing/merge.h"
#include "show/layer_story.h"

enum {
    MAX_LAYERS = 6,
};

static int memory_file(void)
{
    int fd = memfd_create("index", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0600), 0);
    return fd;
}

/* A layer of words: "a/" is a directory, "a" a file, ".wh.a" a whiteout, "a=b" a hard link to b. */
static struct index *make_layer(const char *const *words, size_t n)
{
    struct layer_builder *b = layer_builder_new(1000, -1);
    struct index *ix = NULL;
    struct err err = {""};

    assert_non_null(b);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        uint32_t id;
        size_t len = strlen(words[i]);
        bool dir = words[i][len - 1] == '/';
        const struct layer_entry e = {.mode = dir ? S_IFDIR | 0755 : S_IFREG | 0644};
        strcpy(name, words[i]);
        char *target = strchr(name, '=');
        if (target) {
            *target++ = '\0';
            assert_int_equal(layer_builder_link(b, name, target, &err), 0);
        } else {
            assert_int_equal(layer_builder_add(b, name, &e, &id, &err), 0);
        }
    }
    int fd = memory_file();
    assert_int_equal(layer_builder_finish(b, fd, &err), 0);
    layer_builder_free(b);
    assert_int_equal(index_open(fd, "layer", INDEX_LAYER, &ix, &err), 0);
    close(fd);
    return ix;
}

/* Splits "a/b" into the names of a tree_path over `buf`. */
static struct tree_path path_of(const char *path, char *buf, char **names)
{
    struct tree_path p = {names, 0};
    strcpy(buf, path);
    for (char *save, *name = strtok_r(buf, "/", &save); name; name = strtok_r(NULL, "/", &save))
        names[p.n++] = name;
    return p;
}

static void test_cases(void **state)
{
    static const struct {
        const char *layers[4][5]; /* bottom first */
        const char *path;
        const char *told; /* for each layer the action's letter, capital when visible, and who hides it */
        bool exists;
    } cases[] = {
        {{{"a"}, {"b"}, {"c"}}, "b", "- A -", true},
        {{{"a"}, {"a"}, {"c"}}, "a", "a1 R -", true},
        {{{"a"}, {".wh.a"}, {"c"}}, "a", "a1 d -", false},
        {{{"a"}, {".wh.a"}, {"a"}}, "a", "a1 d A", true},
        {{{"d/", "d/x"}, {"d/", "d/y"}}, "d", "A M", true},
        {{{"d/", "d/x"}, {"d/y"}}, "d", "A M", true}, /* an implicit directory */
        {{{"d/", "d/x"}, {"d/", "d/.wh..wh..opq"}}, "d", "a1 R", true},
        {{{"d/", "d/x"}, {"d/", "d/.wh..wh..opq"}}, "d/x", "a1 h", false},
        {{{"d/", "d/x"}, {"d/", "d/.wh..wh..opq", "d/x"}}, "d/x", "a1 R", true},
        {{{"d/", "d/x"}, {"d"}}, "d/x", "a1 h", false}, /* a file in the directory's place */
        {{{"d/", "d/x"}, {".wh.d"}, {"d/", "d/x"}}, "d/x", "a1 d A", true},
        {{{"d/", "d/x"}, {".wh.d", "d/", "d/y"}}, "d/x", "a1 h", false}, /* removed and made again */
        {{{"d/", "d/x"}, {"d/.wh.x"}}, "d/x", "a1 d", false},
        {{{"d/", "d/x"}, {"d/.wh.x"}}, "d", "A M", true},
        {{{"a"}, {"b=a"}}, "b", "- A", true},
        {{{"a"}, {"b"}}, "nothing/here", "- -", false},
        {{{"a"}, {".wh.b"}}, "b", "- -", false}, /* removes what was not there */
    };
    static const char letters[] = "-armdh";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story stories[4];
        char buf[64], *names[8], told[64] = "";
        struct tree_path path = path_of(cases[i].path, buf, names);
        struct teller t = {.path = &path, .stories = stories};
        for (size_t l = 0; l < 4 && cases[i].layers[l][0]; l++) {
            size_t words = 0;
            while (words < 5 && cases[i].layers[l][words])
                words++;
            struct index *ix = make_layer(cases[i].layers[l], words);
            assert_int_equal(story_tell(&t, ix), 0);
            index_free(ix);
        }
        for (size_t l = 0; l < t.n; l++) {
            char letter = letters[stories[l].action];
            size_t len = strlen(told);
            if (stories[l].visible)
                letter = (char)(letter - 'a' + 'A');
            len += (size_t)snprintf(told + len, sizeof told - len, "%s%c", l ? " " : "", letter);
            if (stories[l].brings && !stories[l].visible)
                snprintf(told + len, sizeof told - len, "%zu", stories[l].hidden_by);
        }
        if (strcmp(told, cases[i].told) != 0)
            fail_msg("case %zu: told \"%s\", expected \"%s\"", i, told, cases[i].told);
        assert_int_equal(t.exists, cases[i].exists);
    }
}

/* Looks a path up in a merged tree: its inode, or 0. */
static uint64_t find_in_tree(const struct index *tree, const struct tree_path *path, struct index_inode *ret)
{
    uint64_t at = INDEX_ROOT;

    assert_int_equal(index_inode(tree, at, ret), 0);
    for (size_t i = 0; i < path->n; i++) {
        struct index_name name;
        if (!S_ISDIR(ret->mode) ||
            index_find(tree, at, path->names[i], strlen(path->names[i]), &name, NULL) < 0)
            return 0;
        at = name.inode;
        assert_int_equal(index_inode(tree, at, ret), 0);
    }
    return at;
}

static struct index *random_layer(void)
{
    static const char *const words[] = {"a",
                                        "b",
                                        "a/",
                                        "b/",
                                        "a/a",
                                        "a/b",
                                        "b/a",
                                        "a/a/",
                                        "a/a/b",
                                        ".wh.a",
                                        ".wh.b",
                                        "a/.wh.a",
                                        "a/.wh.b",
                                        "b/.wh.a",
                                        "a/b/",
                                        "a/b/a",
                                        "a/a/.wh.b",
                                        "a/.wh..wh..opq",
                                        "b/.wh..wh..opq",
                                        "a/a/.wh..wh..opq",
                                        ".wh..wh..opq"};
    const char *chosen[6];
    size_t n = (size_t)rand() % 6 + 1;

    for (size_t i = 0; i < n; i++)
        chosen[i] = words[(size_t)rand() % (sizeof words / sizeof *words)];
    return make_layer(chosen, n);
}

static void compare(const struct teller *t, const struct index *tree, const struct tree_path *path)
{
    struct index_inode inode;
    uint64_t found = find_in_tree(tree, path, &inode);
    size_t metadata = 0, visible = 0;

    assert_int_equal(t->exists, found != 0);
    if (found)
        assert_int_equal(t->is_dir, S_ISDIR(inode.mode) ? 1 : 0);
    for (size_t i = 0; i < t->n; i++) {
        metadata += t->stories[i].metadata;
        visible += t->stories[i].visible;
        if (found && !t->is_dir && t->stories[i].visible)
            assert_int_equal(inode.layer, i);
        assert_false(t->stories[i].visible && !t->stories[i].brings);
    }
    assert_true(metadata <= 1);
    assert_int_equal(visible > 0, found != 0);
    if (found && !t->is_dir)
        assert_int_equal(visible, 1);
}

static void test_random(void **state)
{
    static const char *const paths[] = {"", "a", "b", "a/a", "a/b", "b/a", "a/a/b", "a/b/a"};
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 1500; round++) {
        struct index *layers[MAX_LAYERS], *tree = NULL;
        struct merge_layer stack[MAX_LAYERS];
        uint8_t digests[MAX_LAYERS][32] = {{0}};
        uint32_t n = (uint32_t)rand() % MAX_LAYERS + 1;
        struct err err = {""};
        int fd = memory_file();
        for (uint32_t i = 0; i < n; i++) {
            layers[i] = random_layer();
            digests[i][0] = (uint8_t)(i + 1);
            stack[i] = (struct merge_layer){layers[i], digests[i], 32};
        }
        assert_int_equal(merge_layers(stack, n, -1, fd, NULL, &err), 0);
        assert_int_equal(index_open(fd, "tree", INDEX_TREE, &tree, &err), 0);
        close(fd);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            struct story stories[MAX_LAYERS];
            char buf[64], *names[8];
            struct tree_path path = path_of(paths[i], buf, names);
            struct teller t = {.path = &path, .stories = stories};
            for (uint32_t l = 0; l < n; l++)
                assert_int_equal(story_tell(&t, layers[l]), 0);
            if (path.n > 0) /* the root is there also when no layer says so */
                compare(&t, tree, &path);
        }
        index_free(tree);
        for (uint32_t i = 0; i < n; i++)
            index_free(layers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
