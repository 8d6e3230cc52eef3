/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction's objects take the place of damaged ones, on file systems that exchange names and on others. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/own_object.h"

static bool lacks_exchange;

int __real_renameat2(int from, const char *a, int to, const char *b, unsigned flags);
int __wrap_renameat2(int from, const char *a, int to, const char *b, unsigned flags);

int __wrap_renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
    if (lacks_exchange && flags & RENAME_EXCHANGE) {
        errno = EINVAL;
        return -1;
    }
    return __real_renameat2(from, a, to, b, flags);
}

struct bed {
    struct scratch d;
    struct store *s;
    struct sample i;
    char blob[512], layer[512], tree[512];
};

static void path_of(const struct bed *b, enum object_kind kind, const struct digest *d, char ret[512])
{
    char path[OBJECT_PATH_MAX];

    assert_int_equal(object_path(kind, d, path), 0);
    snprintf(ret, 512, "%s/%s", scratch_path(&b->d, "store"), path);
}

static void begin(struct bed *b)
{
    struct err err = {""};
    struct digest chain;

    b->d = scratch_make();
    b->s = scratch_store(&b->d);
    assert_int_equal(sample_commit(b->s, "one", "one", &err), 0);
    b->i = sample_make("one");
    assert_int_equal(digest_chain(&b->i.layer, 1, &chain), 0);
    path_of(b, OBJECT_BLOB, &b->i.config, b->blob);
    path_of(b, OBJECT_LAYER, &b->i.layer, b->layer);
    path_of(b, OBJECT_TREE, &chain, b->tree);
}

static void end(struct bed *b)
{
    assert_int_equal(count_names(scratch_path(&b->d, "store/tmp")), 0);
    store_close(b->s);
    scratch_remove(&b->d);
}

/* Puts the whole image once more, in the place of what is there. */
static void replace_all(struct bed *b)
{
    struct digest chain;
    struct err err = {""};
    struct tx *t;

    assert_int_equal(digest_chain(&b->i.layer, 1, &chain), 0);
    assert_int_equal(tx_begin(b->s, &t, &err), 0);
    assert_int_equal(sample_put(t, "one"), 0);
    assert_int_equal(tx_replace(t, OBJECT_LAYER, &b->i.layer), 0);
    assert_int_equal(tx_replace(t, OBJECT_TREE, &chain), 0);
    assert_int_equal(tx_replace(t, OBJECT_TREE, &b->i.manifest), -ENOENT);
    if (tx_commit(t, NULL, 0, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(sample_is_whole(b->s, "one"));
}

/* How many names beside an object say that it was kept. */
static size_t count_kept(const char *path)
{
    char command[1200];
    FILE *f;
    size_t n = 0;

    snprintf(command, sizeof command, "ls -d %s.kept-* 2>/dev/null | wc -l", path);
    f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu", &n), 1);
    pclose(f);
    return n;
}

static void test_damaged(void **state)
{
    char path[600];

    (void)state;
    for (int lacks = 0; lacks < 2; lacks++) {
        struct bed b;

        lacks_exchange = lacks;
        begin(&b);
        write_text(b.blob, "damaged");
        write_text(b.tree, "damaged");
        snprintf(path, sizeof path, "%s/index", b.layer);
        write_text(path, "damaged");
        snprintf(path, sizeof path, "%s/pack", b.layer);
        unlink(path);
        assert_false(sample_is_whole(b.s, "one"));
        replace_all(&b);
        assert_int_equal(count_kept(b.blob) + count_kept(b.tree) + count_kept(b.layer), 0);
        end(&b);
    }
}

static void test_missing(void **state)
{
    char away[600];

    (void)state;
    for (int lacks = 0; lacks < 2; lacks++) {
        struct bed b;

        lacks_exchange = lacks;
        begin(&b);
        assert_int_equal(unlink(b.blob), 0);
        assert_int_equal(unlink(b.tree), 0);
        snprintf(away, sizeof away, "%s/away", b.d.path);
        assert_int_equal(rename(b.layer, away), 0);
        replace_all(&b);
        end(&b);
    }
}

/* What is not mica's has another name then, and is whole. */
static void test_kept(void **state)
{
    char path[600];

    (void)state;
    for (int lacks = 0; lacks < 2; lacks++) {
        struct bed b;

        lacks_exchange = lacks;
        begin(&b);
        assert_int_equal(unlink(b.blob), 0);
        assert_int_equal(symlink("nowhere", b.blob), 0);
        assert_int_equal(unlink(b.tree), 0);
        assert_int_equal(mkdir(b.tree, 0700), 0);
        snprintf(path, sizeof path, "%s/mine", b.layer);
        write_text(path, "mine");
        replace_all(&b);
        assert_int_equal(count_kept(b.layer), 1);
        assert_int_equal(count_kept(b.blob), 1);
        assert_int_equal(count_kept(b.tree), 1);
        end(&b);
    }
}

static void test_own(void **state)
{
    static const struct {
        const char *name; /* in the layer's directory */
        bool own;
    } cases[] = {
        {"files/1", true}, {"files/x", false}, {"mine", false}, {"from/mine", false}, {"files/1x", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bed b;
        char path[600];

        begin(&b);
        assert_true(object_is_own(AT_FDCWD, b.blob, OBJECT_BLOB));
        assert_false(object_is_own(AT_FDCWD, b.layer, OBJECT_BLOB));
        int dir = open(b.layer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir >= 0);
        (void)mkdirat(dir, "files", 0700);
        (void)mkdirat(dir, "from", 0700);
        close(dir);
        snprintf(path, sizeof path, "%s/%s", b.layer, cases[i].name);
        write_text(path, "x");
        char *slash = strrchr(b.layer, '/');
        *slash = '\0';
        dir = open(b.layer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir >= 0);
        if (object_is_own(dir, slash + 1, OBJECT_LAYER) != cases[i].own)
            fail_msg("%s", cases[i].name);
        close(dir);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
