/* SPDX-License-Identifier: Apache-2.0 */
/* Making and opening a store. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int try_open(const char *path, int flags, struct err *err)
{
    struct store *s;
    int r = store_open(path, flags, &s, err);

    if (r == 0)
        store_close(s);
    return r;
}

static void a_new_store_is_private_and_an_oci_layout(void **state)
{
    static const char *const dirs[] = {"",      "blobs", "blobs/sha256", "blobs/sha512", "layers",
                                       "trees", "tmp",   "leases",       "branches"};
    struct scratch d = scratch_make();
    struct store *s;
    struct stat st;
    char name[64], *text;

    (void)state;
    umask(022);
    assert_int_equal(store_open(scratch_path(&d, "a/b/store"), STORE_CREATE, &s, NULL), 0);
    assert_int_equal(store_path(s)[0], '/');
    assert_int_equal(fstat(store_fd(s), &st), 0);
    for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
        snprintf(name, sizeof(name), "a/b/store/%s", dirs[i]);
        assert_int_equal(stat(scratch_path(&d, name), &st), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 0700);
    }
    text = read_text(scratch_path(&d, "a/b/store/oci-layout"));
    assert_string_equal(text, "{\"imageLayoutVersion\":\"1.0.0\"}\n");
    free(text);
    text = read_text(scratch_path(&d, "a/b/store/format"));
    assert_string_equal(text, "mica 1\n");
    free(text);
    assert_int_equal(stat(scratch_path(&d, "a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    store_close(s);
    scratch_remove(&d);
}

static void opening_twice_and_relative_paths(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d), *again;
    char *expected, old[1024];

    (void)state;
    assert_non_null(getcwd(old, sizeof(old)));
    assert_int_equal(chdir(d.path), 0);
    assert_int_equal(store_open("store/", 0, &again, NULL), 0);
    expected = realpath(scratch_path(&d, "store"), NULL);
    assert_non_null(expected);
    assert_string_equal(store_path(again), expected);
    free(expected);
    assert_int_equal(chdir(old), 0);
    store_close(again);
    store_close(s);
    store_close(NULL);
    scratch_remove(&d);
}

static void what_is_no_store_is_refused(void **state)
{
    struct scratch d = scratch_make();
    struct err err;
    struct stat st;

    (void)state;
    assert_int_equal(try_open(scratch_path(&d, "nowhere"), 0, &err), -ENOENT);
    assert_non_null(strstr(err.text, "mica import SOURCE"));
    assert_int_equal(mkdir(scratch_path(&d, "empty"), 0700), 0);
    assert_int_equal(try_open(scratch_path(&d, "empty"), 0, &err), -ENOENT);
    assert_non_null(strstr(err.text, "mica import SOURCE"));
    assert_int_equal(count_names(scratch_path(&d, "empty")), 0);

    /* Somebody else's image layout: neither used nor changed. */
    assert_int_equal(mkdir(scratch_path(&d, "layout"), 0700), 0);
    write_text(scratch_path(&d, "layout/oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    assert_int_equal(try_open(scratch_path(&d, "layout"), 0, &err), -EINVAL);
    assert_non_null(strstr(err.text, "no store"));
    assert_int_equal(try_open(scratch_path(&d, "layout"), STORE_CREATE, &err), -ENOTEMPTY);
    assert_int_equal(count_names(scratch_path(&d, "layout")), 1);

    write_text(scratch_path(&d, "file"), "");
    assert_int_equal(try_open(scratch_path(&d, "file"), 0, &err), -ENOTDIR);
    assert_int_equal(try_open(scratch_path(&d, "file"), STORE_CREATE, &err), -ENOTDIR);
    assert_int_equal(stat(scratch_path(&d, "nowhere"), &st), -1);
    scratch_remove(&d);
}

static void other_versions_and_damage_are_told_apart(void **state)
{
    static const struct {
        const char *file, *text;
        int r;
        const char *line;
    } cases[] = {
        {"format", "mica 2\n", -EPROTONOSUPPORT, "format 2"},
        {"format", "mica 10\n", -EPROTONOSUPPORT, "format 10"},
        {"format", "", -EUCLEAN, "damaged"},
        {"format", "micra", -EUCLEAN, "damaged"},
        {"oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}", -EUCLEAN, "oci-layout"},
        {"oci-layout", "[\"imageLayoutVersion\",\"1.0.0\"]", -EUCLEAN, "oci-layout"},
        {"oci-layout", "{", -EUCLEAN, "oci-layout"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct scratch d = scratch_make();
        struct err err = {""};
        char name[64];

        store_close(scratch_store(&d));
        snprintf(name, sizeof(name), "store/%s", cases[i].file);
        write_text(scratch_path(&d, name), cases[i].text);
        for (int flags = 0; flags <= STORE_CREATE; flags++) {
            assert_int_equal(try_open(scratch_path(&d, "store"), flags, &err), cases[i].r);
            assert_non_null(strstr(err.text, cases[i].line));
        }
        scratch_remove(&d);
    }
}

static void a_root_that_others_rule_is_refused(void **state)
{
    struct scratch d = scratch_make();
    struct err err;

    (void)state;
    store_close(scratch_store(&d));
    assert_int_equal(chmod(scratch_path(&d, "store"), 0720), 0);
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), -EPERM);
    assert_non_null(strstr(err.text, "chmod go-w"));
    assert_int_equal(chmod(scratch_path(&d, "store"), 0702), 0);
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), -EPERM);
    assert_int_equal(chmod(scratch_path(&d, "store"), 0755), 0); /* to be read by all: the owner's choice */
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(scratch_path(&d, "store"), 4321, 0), 0);
        assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), -EPERM);
        assert_non_null(strstr(err.text, "another user (uid 4321)"));
    }
    scratch_remove(&d);
}

/* An ordinary user reads a store of root's that was opened to all. */
static void a_store_of_roots_can_be_shared(void **state)
{
    struct scratch d = scratch_make();
    int status;
    pid_t pid;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can make a store of root's\n");
        scratch_remove(&d);
        skip();
    }
    store_close(scratch_store(&d));
    assert_int_equal(chmod(d.path, 0755), 0);
    assert_int_equal(chmod(scratch_path(&d, "store"), 0755), 0);
    assert_int_equal(chmod(scratch_path(&d, "store/format"), 0644), 0);
    assert_int_equal(chmod(scratch_path(&d, "store/oci-layout"), 0644), 0);
    pid = fork();
    if (pid == 0) {
        struct err err = {""};

        if (setresgid(4321, 4321, 4321) < 0 || setresuid(4321, 4321, 4321) < 0)
            _exit(1);
        _exit(try_open(scratch_path(&d, "store"), 0, &err) == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    scratch_remove(&d);
}

static void an_interrupted_making_goes_on(void **state)
{
    struct scratch d = scratch_make();
    struct err err;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(scratch_path(&d, "store"), 0700), 0);
    write_text(scratch_path(&d, "store/lock"), "");
    assert_int_equal(mkdir(scratch_path(&d, "store/blobs"), 0700), 0);
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), -EINVAL);
    assert_int_equal(try_open(scratch_path(&d, "store"), STORE_CREATE, &err), 0);
    assert_int_equal(stat(scratch_path(&d, "store/trees"), &st), 0);
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, &err), 0);
    scratch_remove(&d);
}

static void many_make_one_store(void **state)
{
    struct scratch d = scratch_make();
    pid_t pids[8];
    int status;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct err err;

            _exit(try_open(scratch_path(&d, "store"), STORE_CREATE, &err) == 0 ? 0 : 1);
        }
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(try_open(scratch_path(&d, "store"), 0, NULL), 0);
    scratch_remove(&d);
}

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

struct environment {
    const char *mica, *xdg, *home;
};

static void expect_default(const struct environment *e, const char *expected)
{
    char *path;

    set("MICA_STORE", e->mica);
    set("XDG_DATA_HOME", e->xdg);
    set("HOME", e->home);
    path = store_default_path(NULL);
    assert_non_null(path);
    assert_string_equal(path, expected);
    free(path);
}

static void the_default_is_found_by_the_rules(void **state)
{
    static const struct {
        struct environment e;
        const char *user, *root;
    } cases[] = {
        {{"/s", "/x", "/h"}, "/s", "/s"},
        {{"rel", "/x", "/h"}, "rel", "rel"},
        {{"", "/x", "/h"}, "/x/mica", "/var/lib/mica"},
        {{NULL, "/x", "/h"}, "/x/mica", "/var/lib/mica"},
        {{NULL, "relative", "/h"}, "/h/.local/share/mica", "/var/lib/mica"},
        {{NULL, NULL, "/h"}, "/h/.local/share/mica", "/var/lib/mica"},
    };
    bool is_root = geteuid() == 0;
    char *map = is_root ? read_text("/proc/self/uid_map") : NULL;
    bool of_machine = map && strstr(map, "4294967295");

    (void)state;
    free(map);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (is_root) {
            /* In a user namespace, root is a user like any other. */
            expect_default(&cases[i].e, of_machine ? cases[i].root : cases[i].user);
            assert_int_equal(seteuid(4321), 0);
        }
        expect_default(&cases[i].e, cases[i].user);
        if (is_root)
            assert_int_equal(seteuid(0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_store_is_private_and_an_oci_layout),
        cmocka_unit_test(opening_twice_and_relative_paths),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(other_versions_and_damage_are_told_apart),
        cmocka_unit_test(a_root_that_others_rule_is_refused),
        cmocka_unit_test(a_store_of_roots_can_be_shared),
        cmocka_unit_test(an_interrupted_making_goes_on),
        cmocka_unit_test(many_make_one_store),
        cmocka_unit_test(the_default_is_found_by_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
