/* SPDX-License-Identifier: Apache-2.0 */
/* Layers and trees: opening them, their markers, and what is wrong with them. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"

struct fixture {
    struct scratch d;
    struct store *s;
    struct sample i;
};

static struct fixture make_fixture(void)
{
    struct fixture f = {.d = scratch_make()};

    f.s = scratch_store(&f.d);
    f.i = sample_make("dir");
    assert_int_equal(sample_commit(f.s, "dir", "x", NULL), 0);
    return f;
}

static void drop_fixture(struct fixture *f)
{
    store_close(f->s);
    scratch_remove(&f->d);
}

/* "STORE/layers/HEX/REST" or "STORE/trees/HEX". */
static const char *object(const struct fixture *f, const char *folder, const struct digest *d,
                          const char *rest)
{
    char name[512], hex[DIGEST_HEX_MAX];

    snprintf(name, sizeof(name), "store/%s/%s%s", folder, digest_hex(d, hex), rest);
    return scratch_path(&f->d, name);
}

static void a_layer_is_opened(void **state)
{
    struct fixture f = make_fixture();
    struct digest other = digest_of_text("other"), none = {.alg = DIGEST_NONE};
    struct index *ix;
    struct err err;
    int fd;

    (void)state;
    assert_true(store_has_layer(f.s, &f.i.layer));
    assert_false(store_has_layer(f.s, &other));
    assert_false(store_has_layer(f.s, &none));
    fd = store_open_layer(f.s, &f.i.layer, NULL);
    assert_true(fd >= 0);
    assert_int_equal(faccessat(fd, "pack", F_OK, 0), 0);
    close(fd);
    assert_int_equal(store_open_layer(f.s, &other, &err), -ENOENT);
    assert_non_null(strstr(err.text, "layer sha256:"));
    assert_int_equal(store_open_layer_index(f.s, &f.i.layer, &ix, NULL), 0);
    assert_int_equal(index_names(ix), 1);
    index_free(ix);
    assert_int_equal(unlink(object(&f, "layers", &f.i.layer, "/index")), 0);
    assert_int_equal(store_open_layer_index(f.s, &f.i.layer, &ix, &err), -ENOENT);
    write_text(object(&f, "layers", &f.i.layer, "/index"), "nonsense");
    assert_int_equal(store_open_layer_index(f.s, &f.i.layer, &ix, &err), -EUCLEAN);
    drop_fixture(&f);
}

static void markers_tell_where_a_layer_comes_from(void **state)
{
    struct fixture f = make_fixture();
    struct digest other = digest_of_text("other"), big;
    char hex[DIGEST_HEX_MAX], name[256];

    (void)state;
    assert_true(store_layer_is_from(f.s, &f.i.layer, &f.i.layer_blob));
    assert_false(store_layer_is_from(f.s, &f.i.layer, &other));
    assert_false(store_layer_is_from(f.s, &other, &f.i.layer_blob));
    assert_int_equal(digest_of(DIGEST_SHA512, "x", 1, &big), 0);
    snprintf(name, sizeof(name), "/from/sha512-%s", digest_hex(&big, hex));
    write_text(object(&f, "layers", &f.i.layer, name), "");
    assert_true(store_layer_is_from(f.s, &f.i.layer, &big));
    drop_fixture(&f);
}

static void a_tree_is_opened_with_its_layers(void **state)
{
    struct fixture f = make_fixture();
    struct digest none = {.alg = DIGEST_NONE};
    struct tree_attr attr;
    struct index *ix;
    struct tree *t;
    struct err err;
    uint64_t node;

    (void)state;
    assert_true(store_has_tree(f.s, &f.i.layer));
    assert_int_equal(store_open_tree_index(f.s, &f.i.layer, &ix, NULL), 0);
    assert_int_equal(index_layers(ix), 1);
    index_free(ix);
    assert_int_equal(store_open_tree(f.s, &f.i.layer, 4, &t, NULL), 0);
    assert_int_equal(tree_lookup(t, TREE_ROOT, "dir", 3, &node, &attr), 0);
    assert_int_equal(attr.mode, S_IFDIR | 0755);
    tree_free(t);

    assert_int_equal(store_open_tree(f.s, &none, 4, &t, &err), -EINVAL);
    assert_int_equal(beneath_remove(AT_FDCWD, object(&f, "layers", &f.i.layer, "")), 0);
    assert_int_equal(store_open_tree(f.s, &f.i.layer, 4, &t, &err), -ENOENT);
    assert_non_null(strstr(err.text, "layer sha256:"));
    drop_fixture(&f);
}

static void a_tree_under_another_name_is_refused(void **state)
{
    struct fixture f = make_fixture();
    struct digest other = digest_of_text("other");
    struct index *ix;
    struct tree *t;
    struct err err;

    (void)state;
    assert_int_equal(rename(object(&f, "trees", &f.i.layer, ""), object(&f, "trees", &other, "")), 0);
    assert_false(store_has_tree(f.s, &f.i.layer));
    assert_true(store_has_tree(f.s, &other));
    assert_int_equal(store_open_tree(f.s, &other, 4, &t, &err), -EUCLEAN);
    assert_non_null(strstr(err.text, "other layers"));
    assert_int_equal(store_open_tree_index(f.s, &other, &ix, &err), -EUCLEAN);
    /* The index of a layer is no tree. */
    assert_int_equal(rename(object(&f, "layers", &f.i.layer, "/index"), object(&f, "trees", &f.i.layer, "")),
                     0);
    assert_int_equal(store_open_tree_index(f.s, &f.i.layer, &ix, &err), -EUCLEAN);
    drop_fixture(&f);
}

/* One of an older version is made anew from the layers, by a commit as an import does it. */
static void an_older_tree_is_replaced(void **state)
{
    struct fixture f = make_fixture();
    static const char version[4] = {1};
    int fd = open(object(&f, "trees", &f.i.layer, ""), O_WRONLY | O_CLOEXEC);
    struct index *ix;
    struct err err;

    (void)state;
    assert_int_equal(pwrite(fd, version, sizeof(version), 8), sizeof(version));
    close(fd);
    assert_false(store_has_tree(f.s, &f.i.layer));
    assert_int_equal(store_open_tree_index(f.s, &f.i.layer, &ix, &err), -EUCLEAN);
    assert_non_null(strstr(err.text, "import the image again"));
    assert_int_equal(sample_commit(f.s, "dir", "x", NULL), 0);
    assert_true(store_has_tree(f.s, &f.i.layer));
    assert_true(sample_is_whole(f.s, "dir"));
    drop_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_is_opened),
        cmocka_unit_test(markers_tell_where_a_layer_comes_from),
        cmocka_unit_test(a_tree_is_opened_with_its_layers),
        cmocka_unit_test(a_tree_under_another_name_is_refused),
        cmocka_unit_test(an_older_tree_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
