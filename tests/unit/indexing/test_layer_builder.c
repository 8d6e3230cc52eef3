/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer's index says for odd archives: the entries in, the listing out. */
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

/* Lists a directory: each name with a letter for its type, its inode's uid (who made it) and marks. */
static void list(const struct index *ix, uint64_t dir, const char *path, struct buf *out)
{
    struct index_inode in;

    assert_int_equal(index_inode(ix, dir, &in), 0);
    for (uint64_t i = 0; i < in.entries; i++) {
        struct index_name name;
        struct index_inode child = {0};
        char full[300];

        assert_int_equal(index_name(ix, in.first + i, &name), 0);
        snprintf(full, sizeof(full), "%s%s%.*s", path, *path ? "/" : "", (int)name.len, name.name);
        if (name.flags & NAME_WHITEOUT) {
            buf_printf(out, "%s w\n", full);
            continue;
        }
        assert_int_equal(index_inode(ix, name.inode, &child), 0);
        if (child.flags & INODE_LOWER_LINK) {
            const char *target;
            size_t len;

            assert_int_equal(index_target(ix, &child, &target, &len), 0);
            buf_printf(out, "%s -> %.*s\n", full, (int)len, target);
            continue;
        }
        buf_printf(out, "%s %c%u%s%s%s%s%s\n", full,
                   S_ISDIR(child.mode)   ? 'd'
                   : S_ISLNK(child.mode) ? 'l'
                                         : 'f',
                   child.uid, child.flags & INODE_OPAQUE ? " opaque" : "",
                   child.flags & INODE_REPLACES ? " replaces" : "",
                   child.flags & INODE_IMPLICIT ? " implicit" : "",
                   child.flags & INODE_PASSIVE ? " passive" : "",
                   !S_ISDIR(child.mode) && child.nlink > 1 ? " linked" : "");
        if (S_ISDIR(child.mode))
            list(ix, name.inode, full, out);
    }
}

struct op {
    char kind; /* f file, d directory, l symbolic link, h hard link to `target` */
    const char *path, *target;
};

struct row {
    const char *what;
    struct op ops[8];
    const char *listing; /* or NULL: the last operation is refused */
    const char *refusal;
};

static const struct row rows[] = {
    {"nothing", {{0}}, "", NULL},
    {"paths are cleaned",
     {{'d', "./a/", 0}, {'f', "/a//b", 0}, {'f', "a/./c", 0}, {'f', "a/x/../d", 0}},
     "a d1\na/b f2\na/c f3\na/d f4\n",
     NULL},
    {"the root's entry", {{'d', "./", 0}, {'d', "/", 0}}, "", NULL},
    {"parents that come never", {{'f', "a/b/c", 0}}, "a d0 implicit\na/b d0 implicit\na/b/c f1\n", NULL},
    {"parents that come later", {{'f', "a/b", 0}, {'d', "a", 0}}, "a d2\na/b f1\n", NULL},
    {"the last of a name wins", {{'f', "a", 0}, {'f', "a", 0}}, "a f2\n", NULL},
    {"a directory over a directory keeps children",
     {{'d', "a", 0}, {'f', "a/b", 0}, {'d', "a", 0}},
     "a d3\na/b f2\n",
     NULL},
    {"a file over a directory", {{'d', "a", 0}, {'f', "a/b", 0}, {'f', "a", 0}}, "a f3\n", NULL},
    {"and a directory again",
     {{'f', "a/b", 0}, {'f', "a", 0}, {'f', "a/c", 0}},
     "a d0 replaces implicit\na/c f3\n",
     NULL},
    {"a directory over a file", {{'f', "a", 0}, {'d', "a", 0}}, "a d2 replaces\n", NULL},
    {"through a symbolic link of the layer",
     {{'d', "usr/lib", 0}, {'l', "lib", "usr/lib"}, {'f', "lib/a", 0}, {'d', "lib/b/c", 0}},
     "lib l2\nusr d0 implicit\nusr/lib d1\nusr/lib/a f3\nusr/lib/b d0 implicit\nusr/lib/b/c d4\n",
     NULL},
    {"through an absolute link, whose root is the layer's",
     {{'d', "x/y", 0}, {'l', "x/y/l", "//usr/"}, {'f', "x/y/l/a", 0}},
     "usr d0 implicit\nusr/a f3\nx d0 implicit\nx/y d1\nx/y/l l2\n",
     NULL},
    {"through .. that stops at the root",
     {{'l', "d/l", "../../../usr/./lib"}, {'f', "d/l/a", 0}},
     "d d0 implicit\nd/l l1\nusr d0 implicit\nusr/lib d0 implicit\nusr/lib/a f2\n",
     NULL},
    {"through a link to the root", {{'l', "l", "/"}, {'f', "l/l/l/a", 0}}, "a f2\nl l1\n", NULL},
    {"through links of links, .. leaving what they lead to",
     {{'d', "x/y", 0}, {'l', "p", "x/y"}, {'l', "q", "p/../z"}, {'f', "q/a", 0}},
     "p l2\nq l3\nx d0 implicit\nx/y d1\nx/z d0 implicit\nx/z/a f4\n",
     NULL},
    {"through a link that has two names",
     {{'l', "l", "d"}, {'h', "m", "l"}, {'f', "m/a", 0}},
     "d d0 implicit\nd/a f3\nl l1 linked\nm l1 linked\n",
     NULL},
    {"through a link to nothing, which stays",
     {{'l', "a", "x/y"}, {'f', "a/b", 0}},
     "a l1\nx d0 implicit\nx/y d0 implicit\nx/y/b f2\n",
     NULL},
    {".. leaves what is not there, and makes nothing of it",
     {{'f', "f", 0}, {'l', "l", "f/../no/x/../../d"}, {'f', "l/a", 0}},
     "d d0 implicit\nd/a f3\nf f1\nl l2\n",
     NULL},
    {"through a link behind what is not there",
     {{'l', "k", "d"}, {'l', "l", "no/x/../../k"}, {'f', "l/a", 0}},
     "d d0 implicit\nd/a f3\nk l1\nl l2\n",
     NULL},
    {"through a link to a file, as beneath that file",
     {{'f', "f", 0}, {'l', "l", "f"}, {'f', "l/a", 0}},
     "f d0 replaces implicit\nf/a f3\nl l2\n",
     NULL},
    {"a link is followed from when it was made",
     {{'f', "l/a", 0}, {'l', "l", "d"}, {'f', "l/b", 0}},
     "d d0 implicit\nd/b f3\nl l2\n",
     NULL},
    {"the last of a path is never followed",
     {{'d', "d", 0},
      {'l', "l", "d"},
      {'l', "m", "d"},
      {'l', "n", "d"},
      {'d', "l/", 0},
      {'f', "m", 0},
      {'l', "n", "x"}},
     "d d1\nl d5 replaces\nm f6\nn l7\n",
     NULL},
    {".. in an entry's own path is text", {{'l', "l", "d/e"}, {'f', "l/../a", 0}}, "a f2\nl l1\n", NULL},
    {"a whiteout through a link",
     {{'l', "l", "d"}, {'f', "l/.wh.a", 0}},
     "d d0 implicit passive\nd/a w\nl l1\n",
     NULL},
    {"an opaque mark through a link",
     {{'d', "d", 0}, {'l', "l", "d"}, {'f', "l/.wh..wh..opq", 0}},
     "d d1 opaque\nl l2\n",
     NULL},
    {"a whiteout through a link to a file",
     {{'f', "f", 0}, {'l', "l", "f"}, {'f', "l/.wh.a", 0}},
     "f f1\nl l2\n",
     NULL},
    {"a whiteout beside a link through which entries go",
     {{'f', ".wh.l", 0}, {'l', "l", "d"}, {'f', "l/a", 0}},
     "d d0 implicit\nd/a f3\nl l2\n",
     NULL},
    {"a hard link's target through a link",
     {{'f', "d/a", 0}, {'l', "l", "/d"}, {'h', "b", "l/a"}},
     "b f1 linked\nd d0 implicit\nd/a f1 linked\nl l2\n",
     NULL},
    {"a hard link whose name goes through a link",
     {{'f', "a", 0}, {'l', "l", "d"}, {'h', "l/b", "a"}},
     "a f1 linked\nd d0 implicit\nd/b f1 linked\nl l2\n",
     NULL},
    {"a hard link's target through a link to what lower layers have",
     {{'l', "l", "x/y"}, {'h', "b", "l/a"}},
     "b -> x/y/a\nl l1\n",
     NULL},
    {"a hard link before its target and the link to it",
     {{'h', "b", "l/a"}, {'f', "d/a", 0}, {'l', "l", "d"}},
     "b -> l/a\nd d0 implicit\nd/a f2\nl l3\n",
     NULL},
    {"a hard link before its target and the link to it, which no lower layer has",
     {{'f', ".wh.l", 0}, {'h', "b", "l/a"}, {'f', "d/a", 0}, {'l', "l", "d"}},
     "b f3 linked\nd d0 implicit\nd/a f3 linked\nl l4\n",
     NULL},
    {"a hard link before a link that leads nowhere",
     {{'h', "b", "l/a"}, {'l', "l", "l"}},
     "b -> l/a\nl l2\n",
     NULL},
    {"through a link in a circle",
     {{'l', "a", "b"}, {'l', "b", "a"}, {'f', "a/c", 0}},
     NULL,
     "entry \"a/c\" leads through more than 40"},
    {"through a link to itself", {{'l', "a", "./a"}, {'f', "a/c", 0}}, NULL, "more than 40 symbolic links"},
    {"through a link that grows", {{'l', "a", "a/b"}, {'f', "a/c", 0}}, NULL, "more than 40 symbolic links"},
    {"a hard link's target in a circle",
     {{'l', "a", "a"}, {'h', "b", "a/c"}},
     NULL,
     "target of a hard link \"a/c\""},
    {"a hard link's name in a circle", {{'l', "a", "a"}, {'h', "a/b", "c"}}, NULL, "hard link \"a/b\" leads"},
    {"a whiteout in a circle", {{'l', "a", "a"}, {'f', "a/.wh.b", 0}}, NULL, "more than 40 symbolic links"},
    {"beneath a whiteout, through a link",
     {{'l', "l", ".wh.a"}, {'f', "l/c", 0}},
     NULL,
     "beneath a whiteout"},
    {"a hard link to a directory, through a link",
     {{'d', "d/e", 0}, {'l', "l", "d"}, {'h', "h", "l/e"}},
     NULL,
     "a directory"},
    {"a hard link to the root, through a link",
     {{'l', "l", "/"}, {'h', "h", "l/."}},
     "h l1 linked\nl l1 linked\n",
     NULL},
    {"whiteout", {{'f', ".wh.a", 0}, {'f', "d/.wh.b", 0}}, "a w\nd d0 implicit passive\nd/b w\n", NULL},
    {"whiteout of any type",
     {{'d', ".wh.a", 0}, {'l', ".wh.b", "x"}, {'h', ".wh.c", "x"}},
     "a w\nb w\nc w\n",
     NULL},
    {"whiteout hides lower layers only", {{'f', "a", 0}, {'f', ".wh.a", 0}}, "a f1\n", NULL},
    {"whiteout before its name", {{'f', ".wh.a", 0}, {'f', "a", 0}}, "a f2\n", NULL},
    {"whiteout and a directory", {{'d', "a", 0}, {'f', ".wh.a", 0}}, "a d1 replaces\n", NULL},
    {"whiteout and children", {{'f', ".wh.a", 0}, {'f', "a/b", 0}}, "a d0 replaces implicit\na/b f2\n", NULL},
    {"whiteout and whiteouts beneath", {{'f', ".wh.a", 0}, {'f', "a/.wh.b", 0}}, "a w\n", NULL},
    {"whiteout beneath a file", {{'f', "a", 0}, {'f', "a/.wh.b", 0}}, "a f1\n", NULL},
    {"opaque", {{'d', "a", 0}, {'f', "a/b", 0}, {'f', "a/.wh..wh..opq", 0}}, "a d1 opaque\na/b f2\n", NULL},
    {"opaque, directory not named", {{'f', "a/.wh..wh..opq", 0}}, "a d0 opaque implicit passive\n", NULL},
    {"opaque root", {{'f', ".wh..wh..opq", 0}, {'f', "a", 0}}, "a f2\n", NULL},
    {"AUFS leftovers",
     {{'f', ".wh..wh.aufs", 0},
      {'d', ".wh..wh.orph", 0},
      {'f', ".wh..wh.plnk/1.2", 0},
      {'h', "a", ".wh..wh.plnk/1.2"}},
     "a f3\n",
     NULL},
    {"hard link", {{'f', "a", 0}, {'h', "b", "a"}}, "a f1 linked\nb f1 linked\n", NULL},
    {"hard link, absolute", {{'f', "a", 0}, {'h', "b", "/a"}}, "a f1 linked\nb f1 linked\n", NULL},
    {"hard link before its target, which lower layers may have",
     {{'h', "b", "a"}, {'f', "a", 0}},
     "a f2\nb -> a\n",
     NULL},
    {"chain of hard links backwards",
     {{'h', "c", "b"}, {'h', "b", "a"}, {'f', "a", 0}},
     "a f3\nb -> a\nc -> b\n",
     NULL},
    {"hard link before its target, after its whiteout",
     {{'f', ".wh.a", 0}, {'h', "b", "a"}, {'f', "a", 0}},
     "a f3 linked\nb f3 linked\n",
     NULL},
    {"hard link before the whiteout of its target",
     {{'h', "b", "a"}, {'f', ".wh.a", 0}},
     "a w\nb -> a\n",
     NULL},
    {"hard link after the whiteout of its target",
     {{'f', ".wh.a", 0}, {'h', "b", "a"}},
     NULL,
     "which an earlier entry of the layer removes"},
    {"hard link after the whiteout of its target's directory",
     {{'f', ".wh.d", 0}, {'h', "b", "d/a"}},
     NULL,
     "which an earlier entry of the layer removes"},
    {"hard link after the opaque mark of its target's directory",
     {{'f', "d/.wh..wh..opq", 0}, {'h', "b", "d/a"}},
     NULL,
     "which an earlier entry of the layer removes"},
    {"hard link before the opaque mark of its target's directory",
     {{'h', "b", "d/a"}, {'f', "d/.wh..wh..opq", 0}},
     "b -> d/a\nd d0 opaque implicit passive\n",
     NULL},
    {"hard link beneath what became a file before",
     {{'f', "d", 0}, {'h', "b", "d/a"}},
     NULL,
     "which an earlier entry of the layer removes"},
    {"hard link beneath what becomes a file later",
     {{'h', "b", "d/a"}, {'f', "d", 0}},
     "b -> d/a\nd f2\n",
     NULL},
    {"hard link without a target, replaced",
     {{'f', ".wh.a", 0}, {'h', "b", "a"}, {'f', "b", 0}},
     "a w\nb f3\n",
     NULL},
    {"chain of hard links backwards, which no lower layer has",
     {{'f', ".wh..wh..opq", 0}, {'h', "c", "b"}, {'h', "b", "a"}, {'f', "a", 0}},
     "a f4 linked\nb f4 linked\nc f4 linked\n",
     NULL},
    {"hard link to a symbolic link", {{'l', "a", "x"}, {'h', "b", "a"}}, "a l1 linked\nb l1 linked\n", NULL},
    {"hard link to a lower layer's file", {{'h', "a", "x/y"}}, "a -> x/y\n", NULL},
    {"two links to one of them", {{'h', "a", "x"}, {'h', "b", "a"}}, "a -> x\nb -> x\n", NULL},
    {"hard link in a circle", {{'h', "a", "b"}, {'h', "b", "a"}}, "a -> b\nb -> b\n", NULL},
    {"one name of a link replaced", {{'f', "a", 0}, {'h', "b", "a"}, {'f', "a", 0}}, "a f3\nb f1\n", NULL},
    {"hard link to itself", {{'f', "a", 0}, {'h', "a", "a"}}, "a f1\n", NULL},
    {"hard link to a directory", {{'d', "a", 0}, {'h', "b", "a"}}, NULL, "a directory"},
    {"hard link to the root", {{'h', "b", "/"}}, NULL, "the root"},
    {"hard link out of the layer", {{'h', "b", "../a"}}, NULL, "leaves the layer"},
    {"out of the layer", {{'f', "../a", 0}}, NULL, "leaves the layer"},
    {"out of the layer, later", {{'f', "a/../../b", 0}}, NULL, "leaves the layer"},
    {"no name", {{'f', "", 0}}, NULL, "an empty name"},
    {"the root as a file", {{'f', ".", 0}}, NULL, "the root"},
    {"the root as a link", {{'l', "/.", "/etc"}}, NULL, "the root"},
    {"whiteout of nothing", {{'f', "a/.wh.", 0}}, NULL, "whiteout of an invalid name"},
    {"whiteout of the directory", {{'f', "a/.wh..", 0}}, NULL, "whiteout of an invalid name"},
    {"whiteout of the parent", {{'f', "a/.wh...", 0}}, NULL, "whiteout of an invalid name"},
    {"beneath a whiteout", {{'f', "a/.wh.b/c", 0}}, NULL, "beneath a whiteout"},
    {"symbolic link to nothing", {{'l', "a", ""}}, NULL, "is empty"},
};

static int perform(struct layer_builder *b, const struct op *op, unsigned number, struct err *err)
{
    struct layer_entry e = {.uid = number, .target = op->target};
    uint32_t id;

    if (op->kind == 'h')
        return layer_builder_link(b, op->path, op->target, err);
    e.mode = (op->kind == 'd' ? S_IFDIR : op->kind == 'l' ? S_IFLNK : S_IFREG) | 0644;
    return layer_builder_add(b, op->path, &e, &id, err);
}

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

static void says_what_the_archive_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct layer_builder *b = layer_builder_new(100, -1);
        cleanup_buf struct buf out = BUF_INIT;
        struct err err = {""};
        struct index *ix;
        int r = 0;

        for (unsigned n = 0; n < 8 && rows[i].ops[n].kind && r == 0; n++)
            r = perform(b, &rows[i].ops[n], n + 1, &err);
        if (!rows[i].listing) {
            cleanup_fd int fd = memfd_create("layer", MFD_CLOEXEC);

            if (r == 0)
                r = layer_builder_finish(b, fd, &err);
            if (r == 0 || !strstr(err.text, rows[i].refusal))
                fail_msg("%s: %d \"%s\"", rows[i].what, r, err.text);
        } else {
            if (r < 0)
                fail_msg("%s: %s", rows[i].what, err.text);
            ix = finish(b);
            list(ix, INDEX_ROOT, "", &out);
            if (strcmp(buf_str(&out), rows[i].listing) != 0)
                fail_msg("%s:\n%s", rows[i].what, out.data);
            index_free(ix);
        }
        layer_builder_free(b);
    }
}

static void bounds_what_an_image_controls(void **state)
{
    struct layer_builder *b = layer_builder_new(5, -1);
    struct layer_entry e = {.mode = S_IFREG};
    char path[5000];
    uint32_t id;
    struct err err;
    int r = 0, added = 0;

    (void)state;
    for (; r == 0; added++) {
        snprintf(path, sizeof(path), "%d", added);
        r = layer_builder_add(b, path, &e, &id, &err);
    }
    assert_int_equal(r, -E2BIG);
    assert_non_null(strstr(err.text, "--max-files"));
    assert_in_range(added, 4, 6);
    memset(path, 'a', 256);
    path[256] = 0;
    assert_int_equal(layer_builder_add(b, path, &e, &id, &err), -ENAMETOOLONG);
    for (size_t i = 0; i < 4998; i++)
        path[i] = i % 2 ? '/' : 'a';
    path[4998] = 0;
    assert_int_equal(layer_builder_add(b, path, &e, &id, &err), -ENAMETOOLONG);
    layer_builder_free(b);
}

static void add_symlink(struct layer_builder *b, const char *path, const char *target)
{
    struct layer_entry link = {.mode = S_IFLNK | 0777, .target = target};
    uint32_t id;

    assert_int_equal(layer_builder_add(b, path, &link, &id, NULL), 0);
}

static void bounds_where_links_lead(void **state)
{
    struct layer_builder *b = layer_builder_new(10000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    char from[32], to[32], deep[LAYER_PATH_MAX + 1] = "", wide[300];
    struct err err = {""};
    uint32_t id;

    (void)state;
    for (int i = 0; i < 40; i++) {
        snprintf(from, sizeof(from), "l%d", i);
        snprintf(to, sizeof(to), i == 39 ? "d" : "l%d", i + 1);
        add_symlink(b, from, to);
    }
    assert_int_equal(layer_builder_add(b, "l0/a", &file, &id, &err), 0);
    add_symlink(b, "one-more", "l0");
    assert_int_equal(layer_builder_add(b, "one-more/a", &file, &id, &err), -ELOOP);
    assert_non_null(strstr(err.text, "entry \"one-more/a\" leads through more than 40 symbolic links"));
    memset(wide, 'w', 256);
    wide[256] = 0;
    add_symlink(b, "wide", wide);
    assert_int_equal(layer_builder_add(b, "wide/a", &file, &id, &err), -ENAMETOOLONG);
    assert_non_null(strstr(err.text, "255 bytes"));
    for (size_t i = 0; i < 3001; i++)
        deep[i] = i % 2 ? '/' : 'd';
    add_symlink(b, "deep", deep);
    assert_int_equal(layer_builder_add(b, "deep/a", &file, &id, &err), 0);
    add_symlink(b, "deep/deeper", deep);
    assert_int_equal(layer_builder_add(b, "deep/deeper/a", &file, &id, &err), -ENAMETOOLONG);
    assert_non_null(strstr(err.text, "longer than 4095"));
    layer_builder_free(b);
}

/* Paths of a few bytes that lead through as much text as forty links may have: a layer of a million of them
 * must not take hours. */
static void links_are_followed_in_bounded_time(void **state)
{
    struct layer_builder *b = layer_builder_new(1000000, -1);
    struct layer_entry file = {.mode = S_IFREG};
    char path[32], target[LAYER_PATH_MAX + 1] = "";
    struct err err = {""};
    clock_t start = clock();
    uint32_t id;
    int r = 0;

    (void)state;
    for (int i = 0; i < 40; i++) {
        for (size_t n = 0; n + 5 < LAYER_PATH_MAX - 10; n += 5)
            memcpy(target + n, "d/../", 6);
        snprintf(path, sizeof(path), "l%d", i + 1);
        if (i < 39)
            strcat(target, path);
        snprintf(path, sizeof(path), "l%d", i);
        add_symlink(b, path, target);
    }
    for (int i = 0; i < 1000000 && r == 0; i++) {
        snprintf(path, sizeof(path), "l0/%d", i);
        r = layer_builder_add(b, path, &file, &id, &err);
    }
    assert_int_equal(r, -E2BIG);
    assert_non_null(strstr(err.text, "following the layer's symbolic links takes too long"));
    /* Seconds; under a thread sanitizer on a busy machine it was more than thirty. */
    assert_true(clock() - start < 300 * CLOCKS_PER_SEC);
    layer_builder_free(b);
}

static void keeps_metadata(void **state)
{
    struct layer_builder *b = layer_builder_new(5, -1);
    const struct index_xattr attrs[] = {
        {"user.z", 6, "1", 1}, {"user.a", 6, "\0\n", 2}, {"user.z", 6, "", 0}};
    struct layer_entry e = {.mode = S_IFREG | 06751,
                            .uid = 5,
                            .gid = 6,
                            .size = 77,
                            .mtime = {-5, 3},
                            .xattrs = attrs,
                            .n_xattrs = 3};
    struct index_xattr attr;
    struct index_inode in;
    struct index_name name;
    struct index *ix;
    uint64_t cursor = 0;
    uint32_t id;

    (void)state;
    assert_int_equal(layer_builder_add(b, "a", &e, &id, NULL), 0);
    assert_int_equal(layer_builder_content(b, id, 3, INODE_OWN_FILE, 8, 99), 0);
    assert_int_equal(layer_builder_content(b, 1000, 3, 0, 8, 99), -EINVAL);
    ix = finish(b);
    assert_int_equal(index_find(ix, 1, "a", 1, &name, NULL), 0);
    assert_int_equal(index_inode(ix, name.inode, &in), 0);
    assert_int_equal(in.mode, S_IFREG | 06751);
    assert_int_equal(in.size, 77);
    assert_int_equal(in.mtime.tv_sec, -5);
    assert_int_equal(in.flags, INODE_OWN_FILE);
    assert_int_equal(in.content_hash, 99);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 1);
    assert_memory_equal(attr.name, "user.a", 6);
    assert_memory_equal(attr.value, "\0\n", 2);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 1);
    assert_int_equal(attr.value_len, 0);
    assert_int_equal(index_xattr_next(ix, &in, &cursor, &attr), 0);
    index_free(ix);
    layer_builder_free(b);
}

/* What a link means must not leave its name in the index. */
static void targets_of_links_leave_no_names(void **state)
{
    uint64_t sizes[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct layer_builder *b = layer_builder_new(10, -1);
        cleanup_fd int fd = memfd_create("layer", MFD_CLOEXEC);
        struct stat st;

        assert_int_equal(layer_builder_link(b, "a", i ? "never/heard/of" : "nnnnnnnnnnnnnn", NULL), 0);
        assert_int_equal(layer_builder_finish(b, fd, NULL), 0);
        assert_int_equal(fstat(fd, &st), 0);
        sizes[i] = (uint64_t)st.st_size;
        layer_builder_free(b);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_archive_means),
        cmocka_unit_test(bounds_what_an_image_controls),
        cmocka_unit_test(bounds_where_links_lead),
        cmocka_unit_test(links_are_followed_in_bounded_time),
        cmocka_unit_test(keeps_metadata),
        cmocka_unit_test(targets_of_links_leave_no_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
