/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merge against a slow model on random stacks. The model keeps a tree as a flat list of paths and applies
 * one layer after the other from the bottom, as someone would who unpacks archives; the merge asks layers
 * from the top. Each entry has a number of its own as its owner, so that comparing owners compares where
 * metadata came from.
 */
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
#include "indexing/merge_lookup.h"
#include "os/cleanup.h"
#include "tree/index_verify.h"
#include "tree/index_where.h"

#define MAX_NODES  600
#define MAX_LAYERS 6

struct node {
    char path[64];
    bool dir, implicit, opaque, whiteout; /* whiteout beside a directory: the lower one is replaced */
    bool none;                            /* only a whiteout */
    char link[64];                        /* a link to what lower layers have, or else this one */
    bool own;                             /* no: the layer had hidden that when it came */
    unsigned owner;                       /* who made the inode */
};

struct model {
    struct node nodes[MAX_NODES];
    size_t n;
    bool opaque; /* a layer: nothing of lower ones is left */
};

static bool beneath(const char *path, const char *dir)
{
    size_t len = strlen(dir);

    return strncmp(path, dir, len) == 0 && path[len] == '/';
}

static struct node *find(struct model *m, const char *path)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->nodes[i].path, path) == 0)
            return &m->nodes[i];
    return NULL;
}

static void drop(struct model *m, const char *path, bool itself)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->n; i++)
        if (!beneath(m->nodes[i].path, path) && !(itself && strcmp(m->nodes[i].path, path) == 0))
            m->nodes[kept++] = m->nodes[i];
    m->n = kept;
}

static struct node *add(struct model *m, const char *path)
{
    struct node *n = find(m, path);

    if (!n) {
        assert_true(m->n < MAX_NODES);
        n = &m->nodes[m->n++];
        *n = (struct node){.none = true};
        snprintf(n->path, sizeof(n->path), "%s", path);
    }
    return n;
}

/* Makes the parents of a path. False: something else than a directory is in the way of a removal. */
static bool add_parents(struct model *m, const char *path, bool removal)
{
    char parent[64];

    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        struct node *n;

        snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
        n = add(m, parent);
        if (removal && !n->none && !n->dir)
            return false;
        if (!n->dir) {
            n->whiteout = n->whiteout || !n->none;
            n->dir = n->implicit = true;
            n->none = false;
            n->link[0] = 0;
        }
    }
    return true;
}

/* One layer's own entries, by the same words as layer_builder.h. */
static void layer_add(struct model *m, const char *path, bool dir, unsigned owner)
{
    struct node *n;

    add_parents(m, path, false);
    if (!dir)
        drop(m, path, false);
    n = add(m, path);
    if (dir && !n->none && !n->dir) /* a file was there, and so nothing of lower layers any more */
        n->whiteout = true;
    n->dir = dir;
    n->none = n->implicit = false;
    n->link[0] = 0;
    n->owner = owner;
}

static void layer_whiteout(struct model *m, const char *path)
{
    if (add_parents(m, path, true))
        add(m, path)->whiteout = true;
}

static void layer_opaque(struct model *m, const char *dir)
{
    char inside[80];

    snprintf(inside, sizeof(inside), "%.60s/x", dir);
    if (add_parents(m, inside, true))
        add(m, dir)->opaque = true;
}

/* Has the layer by now hidden what lower ones have there? */
static bool hides(struct model *m, const char *path)
{
    char part[64];

    if (m->opaque)
        return true;
    for (size_t len = 1; len <= strlen(path); len++) {
        const struct node *n;

        if (path[len] && path[len] != '/')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)len, path);
        n = find(m, part);
        if (n && (n->whiteout || (!n->none && !n->dir) || (n->opaque && path[len])))
            return true;
    }
    return false;
}

static void layer_link(struct model *m, const char *path, const char *target)
{
    struct node *t, *n;
    struct node copy = {.none = true};

    add_parents(m, path, false);
    t = find(m, target);
    if (t && !t->none && !t->dir)
        copy = *t;
    if (t && strcmp(path, target) == 0 && !copy.none)
        return;
    if (copy.none)
        copy.own = hides(m, target);
    drop(m, path, false);
    n = add(m, path);
    n->dir = n->implicit = n->none = false;
    n->link[0] = 0;
    n->own = copy.own;
    n->owner = copy.owner;
    if (!copy.none)
        memcpy(n->link, copy.link, sizeof(n->link));
    else
        snprintf(n->link, sizeof(n->link), "%s", target);
}

/* A directory that this layer makes exist: it is named itself or something real lies beneath. */
static bool is_live(struct model *layer, const struct node *n)
{
    if (!n->dir || !n->implicit)
        return true;
    for (size_t i = 0; i < layer->n; i++) {
        const struct node *o = &layer->nodes[i];

        if (beneath(o->path, n->path) && !o->none && !(o->dir && o->implicit))
            return true;
    }
    return false;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

/* Applies a layer to the tree below it. False: a link leads nowhere. */
static bool apply(struct model *tree, struct model *layer)
{
    static struct model before;

    before = *tree;
    if (layer->opaque)
        tree->n = 0;
    for (size_t i = 0; i < layer->n; i++) {
        struct node *n = &layer->nodes[i];
        struct node *lower = find(tree, n->path);

        if (n->whiteout)
            drop(tree, n->path, true);
        else if (n->opaque && n->dir && lower && lower->dir)
            drop(tree, n->path, false);
    }
    qsort(layer->nodes, layer->n, sizeof(*layer->nodes), by_path);
    for (size_t i = 0; i < layer->n; i++) {
        struct node *n = &layer->nodes[i], *lower = find(tree, n->path), *target;
        bool was_dir = lower && lower->dir;
        unsigned owner = n->owner;

        if (n->none || !is_live(layer, n))
            continue;
        if (n->dir && was_dir && n->implicit)
            continue;
        if (n->link[0]) {
            target = find(&before, n->link);
            if (!target || target->dir)
                target = find(layer, n->link);
            if (!target || target->dir || target->none)
                return false;
            owner = target->owner;
        }
        if (!n->dir || !was_dir)
            drop(tree, n->path, true);
        lower = add(tree, n->path);
        lower->none = false;
        lower->dir = n->dir;
        lower->owner = n->implicit ? 0 : owner;
    }
    return true;
}

struct stack {
    struct index *layers[MAX_LAYERS];
    struct model tree;
    bool valid;
};

static const char *random_path(char buf[64])
{
    int depth = 1 + rand() % 3;
    size_t n = 0;

    for (int i = 0; i < depth; i++)
        n += (size_t)snprintf(buf + n, 64 - n, "%s%c", i ? "/" : "", "abcd"[rand() % 4]);
    return buf;
}

static void whiteout_of(const char *path, char ret[80])
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash - path) + 1 : 0;

    snprintf(ret, 80, "%.*s.wh.%s", (int)dir, path, path + dir);
}

static void random_entry(struct layer_builder *b, struct model *m, unsigned owner)
{
    char path[64], target[64], name[80];
    struct layer_entry e = {.mode = S_IFREG | 0644, .uid = owner};
    uint32_t id;
    int kind = rand() % 45;

    random_path(path);
    if (kind < 16) {
        assert_int_equal(layer_builder_add(b, path, &e, &id, NULL), 0);
        layer_add(m, path, false, owner);
    } else if (kind < 30) {
        e.mode = S_IFDIR | 0755;
        assert_int_equal(layer_builder_add(b, path, &e, &id, NULL), 0);
        layer_add(m, path, true, owner);
    } else if (kind < 38) {
        whiteout_of(path, name);
        assert_int_equal(layer_builder_add(b, name, &e, &id, NULL), 0);
        layer_whiteout(m, path);
    } else if (kind < 42) {
        snprintf(name, sizeof(name), "%s/.wh..wh..opq", path);
        assert_int_equal(layer_builder_add(b, name, &e, &id, NULL), 0);
        layer_opaque(m, path);
    } else if (kind < 43) {
        assert_int_equal(layer_builder_add(b, ".wh..wh..opq", &e, &id, NULL), 0);
        m->opaque = true;
    } else {
        const struct node *t = find(m, random_path(target));

        if (beneath(target, path) || strcmp(path, target) == 0)
            return;
        if (t && t->dir && !t->implicit) {
            assert_int_equal(layer_builder_link(b, path, target, NULL), -EINVAL);
            add_parents(m, path, false); /* what was read before the refusal stays; an import ends there */
            add(m, path);
            return;
        }
        assert_int_equal(layer_builder_link(b, path, target, NULL), 0);
        layer_link(m, path, target);
    }
}

/* Links read before their targets, which only the layer can have, mean what is there in the end. False:
 * nothing is. */
static bool settle(struct model *m)
{
    bool all = true;

    for (size_t i = 0; i < m->n; i++) {
        struct node *n = &m->nodes[i], *t = n;
        int steps = 0;

        if (!n->link[0] || !n->own || n->none)
            continue;
        while (t && t->link[0] && steps++ < 100) {
            struct node *next = find(m, t->link);

            if (!next || next->none || next->dir)
                break;
            t = next;
        }
        if (t != n && !t->link[0]) {
            n->owner = t->owner;
            n->link[0] = 0;
        } else {
            all = false;
        }
    }
    return all;
}

static bool links_are_simple(struct model *m)
{
    /* Chains of links to names that change later are for the table tests: the model leaves them out. */
    for (size_t i = 0; i < m->n; i++) {
        struct node *t = m->nodes[i].link[0] ? find(m, m->nodes[i].link) : NULL;

        if (t && (t->link[0] || t->dir))
            return false;
    }
    return true;
}

static struct index *finish(struct layer_builder *b)
{
    struct index *ix;
    struct err err;
    int fd = memfd_create("layer", MFD_CLOEXEC);

    assert_true(fd >= 0);
    fchmod(fd, 0600);
    err.text[0] = 0;
    if (layer_builder_finish(b, fd, &err) < 0) {
        assert_non_null(strstr(err.text, "which an earlier entry of the layer removes"));
        close(fd);
        return NULL;
    }
    if (index_open(fd, "layer", INDEX_LAYER, &ix, &err) < 0)
        fail_msg("%s", err.text);
    if (index_verify(ix, &err) < 0)
        fail_msg("%s", err.text);
    close(fd);
    return ix;
}

static void compare_dir(const struct index *ix, uint64_t dir, const char *path, struct model *m, size_t *seen)
{
    struct index_inode in;

    assert_int_equal(index_inode(ix, dir, &in), 0);
    for (uint64_t i = 0; i < in.entries; i++) {
        struct index_name name;
        struct index_inode child;
        struct node *n;
        char full[64];

        assert_int_equal(index_name(ix, in.first + i, &name), 0);
        assert_int_equal(index_inode(ix, name.inode, &child), 0);
        snprintf(full, sizeof(full), "%.50s%s%.*s", path, *path ? "/" : "", (int)name.len, name.name);
        n = find(m, full);
        if (!n) {
            fail_msg("%s is in the tree and not in the model", full);
            return;
        }
        ++*seen;
        if (S_ISDIR(child.mode) != n->dir || child.uid != n->owner)
            fail_msg("%s: %s of %u in the tree, %s of %u in the model", full,
                     S_ISDIR(child.mode) ? "dir" : "file", child.uid, n->dir ? "dir" : "file", n->owner);
        if (n->dir)
            compare_dir(ix, name.inode, full, m, seen);
    }
}

/* True when the stack had no dangling link; the merge must refuse one that has. */
static bool one_round(unsigned layers)
{
    static struct model tree, layer;
    struct merge_layer parts[MAX_LAYERS];
    static const uint8_t digest[32];
    struct index *ix;
    struct err err;
    unsigned owner = 1;
    bool valid = true, simple = true, settled;
    cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);

    tree.n = 0;
    for (unsigned l = 0; l < layers; l++) {
        struct layer_builder *b = layer_builder_new(1000, -1);
        int entries = rand() % 12;

        layer.n = 0;
        layer.opaque = false;
        for (int i = 0; i < entries; i++)
            random_entry(b, &layer, owner++);
        simple = links_are_simple(&layer);
        settled = settle(&layer);
        valid = simple && settled && apply(&tree, &layer);
        parts[l] = (struct merge_layer){finish(b), digest, 32};
        layer_builder_free(b);
        if (simple)
            assert_int_equal(parts[l].index != NULL, settled);
        if (!parts[l].index) /* there is nothing to be merged */
            simple = false;
        if (!valid)
            layers = parts[l].index ? l + 1 : l;
    }
    fchmod(fd, 0600);
    if (!valid && simple) {
        err.text[0] = 0;
        assert_true(merge_layers(parts, layers, -1, fd, NULL, &err) < 0);
        assert_non_null(strstr(err.text, "is a hard link to"));
    } else if (valid) {
        size_t seen = 0;

        if (merge_layers(parts, layers, -1, fd, NULL, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(index_open(fd, "tree", INDEX_TREE, &ix, &err), 0);
        if (index_verify(ix, &err) < 0)
            fail_msg("%s", err.text);
        compare_dir(ix, INDEX_ROOT, "", &tree, &seen);
        assert_int_equal(seen, tree.n);
        index_free(ix);
    }
    for (unsigned l = 0; l < layers; l++)
        index_free((struct index *)(uintptr_t)parts[l].index);
    return valid;
}

static void agrees_with_the_model(void **state)
{
    const char *given = getenv("MICA_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL) ^ (unsigned)getpid();
    unsigned valid = 0;

    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        print_message(i % 1000 ? "" : "MICA_TEST_SEED=%u\n", seed + i);
        srand(seed + i);
        valid += one_round(1 + (unsigned)rand() % MAX_LAYERS);
    }
    assert_true(valid > 1000);
}

/* A path of several names in several layers costs what it costs, and no more than is allowed. */
static void looks_up_within_bounds(void **state)
{
    static const struct {
        const char *path;
        uint64_t steps;
        int expected;
        uint64_t left;
    } rows[] = {
        {"d/d/f", 20, 0, 11},     {"d/d/f", 9, 0, 0},       {"d/d/f", 8, -E2BIG, 2},
        {"d/d", 20, -EISDIR, 14}, {"d/x", 20, -ENOENT, 14}, {"d/d/f/f", 20, -ENOENT, 11},
    };
    static const uint8_t digest[32];
    struct layer_entry e = {.mode = S_IFREG | 0644};
    struct merge_layer layers[3];

    (void)state;
    for (int l = 0; l < 3; l++) {
        struct layer_builder *b = layer_builder_new(10, -1);
        uint32_t id;

        assert_int_equal(layer_builder_add(b, l ? "d/d/g" : "d/d/f", &e, &id, NULL), 0);
        layers[l] = (struct merge_layer){finish(b), digest, 32};
        layer_builder_free(b);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t steps = rows[i].steps;
        struct part p;

        assert_int_equal(merge_lookup(layers, 3, rows[i].path, strlen(rows[i].path), &steps, &p),
                         rows[i].expected);
        assert_int_equal(steps, rows[i].left);
        if (rows[i].expected == 0)
            assert_int_equal(p.layer, 0);
    }
    for (int l = 0; l < 3; l++)
        index_free((struct index *)(uintptr_t)layers[l].index);
}

/* Checks of every inode that its first name is found. Returns how many names are not first ones. */
static uint64_t find_names(const struct index *ix)
{
    uint64_t inodes = index_inodes(ix), seen = INDEX_ROOT;

    for (uint64_t dir = 1; dir <= inodes; dir++) {
        struct index_inode in;

        assert_int_equal(index_inode(ix, dir, &in), 0);
        for (uint64_t i = 0; S_ISDIR(in.mode) && i < in.entries; i++) {
            struct index_name first, found;
            uint64_t where;

            assert_int_equal(index_name(ix, in.first + i, &first), 0);
            if (first.inode <= seen)
                continue;
            seen = first.inode;
            assert_int_equal(index_where(ix, seen, &where, &found), 0);
            assert_int_equal(where, dir);
            assert_ptr_equal(found.name, first.name);
        }
    }
    assert_int_equal(seen, inodes);
    return index_names(ix) - (inodes - 1);
}

/* Random hard links over directories and layers. */
static void inodes_lead_to_their_first_names(void **state)
{
    enum { FILES = 30 };
    static const uint8_t digest[32];
    struct layer_entry e = {.mode = S_IFREG | 0644};
    unsigned seed = (unsigned)time(NULL) ^ (unsigned)getpid();
    uint64_t links = 0;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 100; round++) {
        static char paths[2 * FILES][32];
        struct merge_layer layers[2];
        cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
        struct index *ix;
        struct err err = {""};
        unsigned n = 0;
        uint32_t id;

        for (int l = 0; l < 2; l++) {
            struct layer_builder *b = layer_builder_new(1000, -1);

            for (int f = 0; f < FILES; f++, n++) {
                const char *target = n ? paths[(unsigned)rand() % n] : NULL;

                snprintf(paths[n], sizeof(paths[n]), "%.*s%c%u", 2 * (rand() % 3),
                         rand() % 2 ? "a/b/" : "c/a/", 'a' + rand() % 26, n);
                if (target && rand() % 2)
                    assert_int_equal(layer_builder_link(b, paths[n], target, NULL), 0);
                else
                    assert_int_equal(layer_builder_add(b, paths[n], &e, &id, NULL), 0);
            }
            layers[l] = (struct merge_layer){finish(b), digest, 32};
            layer_builder_free(b);
        }
        fchmod(fd, 0600);
        if (merge_layers(layers, 2, -1, fd, NULL, &err) < 0 ||
            index_open(fd, "tree", INDEX_TREE, &ix, &err) < 0 || index_verify(ix, &err) < 0)
            fail_msg("%s", err.text);
        links += find_names(ix);
        index_free(ix);
        for (int l = 0; l < 2; l++)
            index_free((struct index *)(uintptr_t)layers[l].index);
    }
    assert_true(links > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_up_within_bounds),
        cmocka_unit_test(inodes_lead_to_their_first_names),
        cmocka_unit_test(agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
