/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "made_stack.h"
#include "stack/stack_tree.h"
#include "tree/path_walk.h"

struct merge_case {
    const char *what;
    struct thing things[16];
    const char *expect;
};

static const struct merge_case merge_cases[] = {
    {"the topmost file wins", {{0, 'f', "a", "0"}, {1, 'f', "a", "1"}, {2, 'f', "b", "2"}}, "a=0 b=2"},
    {"directories merge",
     {{0, 'd', "d", 0}, {0, 'f', "d/a", "0"}, {2, 'd', "d", 0}, {2, 'f', "d/a", "2"}, {2, 'f', "d/b", "2"}},
     "d/ d/a=0 d/b=2"},
    {"a file hides a directory", {{0, 'f', "d", "0"}, {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}}, "d=0"},
    {"a directory hides a file, and what is below the file",
     {{0, 'd', "d", 0}, {1, 'f', "d", "1"}, {2, 'd', "d", 0}, {2, 'f', "d/a", "2"}},
     "d/"},
    {"names sort by bytes",
     {{0, 'f', "b", ""}, {1, 'f', "a\xff", ""}, {2, 'f', "a", ""}, {2, 'f', "B", ""}},
     "B= a= a\xff= b="},
    {"links and fifos", {{0, 'l', "l", "../x"}, {1, 'p', "p", 0}, {1, 'l', "m", "l"}}, "l>../x m>l p|"},

    {"a device removes", {{0, 'c', "a", 0}, {1, 'f', "a", "1"}, {1, 'f', "b", "1"}}, "b=1"},
    {"a device removes a directory in the middle",
     {{0, 'd', "d", 0}, {0, 'f', "d/a", "0"}, {1, 'c', "d", 0}, {2, 'd', "d", 0}, {2, 'f', "d/b", "2"}},
     "d/ d/a=0"},
    {"a device in the lowest layer is not shown", {{3, 'c', "a", 0}, {3, 'f', "b", "3"}}, "b=3"},
    {"an attribute removes",
     {{0, 'd', "d", 0},
      {0, 'o', "d", "x"},
      {0, 'w', "d/a", 0},
      {0, 'f', "d/e", ""},
      {1, 'd', "d", 0},
      {1, 'f', "d/a", "1"},
      {1, 'f', "d/b", "1"}},
     "d/ d/b=1 d/e="},
    {"only in a directory that says so",
     {{0, 'd', "d", 0}, {0, 'w', "d/a", 0}, {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}},
     "d/ d/a="},
    {"and only an empty file",
     {{0, 'o', "", "x"},
      {0, 'w', "a", 0},
      {0, 'f', "a", "full"},
      {1, 'f', "a", "1"},
      {1, 'f', "b", "1"},
      {0, 'w', "b", 0}},
     "a=full"},
    {"an attribute in the lowest layer", {{3, 'o', "", "x"}, {3, 'w', "a", 0}, {3, 'f', "b", "3"}}, "b=3"},
    {"an OCI whiteout removes",
     {{0, 'f', ".wh.a", ""}, {1, 'f', "a", "1"}, {2, 'f', "a", "2"}, {2, 'f', "b", "2"}},
     "b=2"},
    {"but nothing of its own layer",
     {{1, 'f', ".wh.a", ""},
      {1, 'f', "a", "1"},
      {2, 'f', "a", "2"},
      {1, 'f', ".wh.b", ""},
      {0, 'f', "b", "0"}},
     "a=1 b=0"},
    {"a directory beside its OCI whiteout is new",
     {{0, 'd', "d", 0},
      {0, 'f', "d/a", "0"},
      {1, 'f', ".wh.d", ""},
      {1, 'd', "d", 0},
      {1, 'f', "d/b", "1"},
      {2, 'd', "d", 0},
      {2, 'f', "d/c", "2"}},
     "d/ d/a=0 d/b=1"},
    {"an OCI whiteout may be of any type",
     {{0, 'd', ".wh.a", 0},
      {0, 'l', ".wh.b", "x"},
      {0, 'c', ".wh.c", 0},
      {1, 'f', "a", ""},
      {1, 'd', "b", 0},
      {1, 'f', "c", ""}},
     ""},
    {"leftovers are not shown",
     {{0, 'd', ".wh..wh.plnk", 0},
      {0, 'f', ".wh..wh.aufs", ""},
      {0, 'f', ".wh.", ""},
      {0, 'f', ".wh..", ""},
      {0, 'f', ".wh...", ""},
      {1, 'f', ".wh..wh.orph", ""},
      {1, 'f', "a", ""}},
     "a="},

    {"opaque",
     {{0, 'd', "d", 0},
      {0, 'f', "d/a", "0"},
      {1, 'd', "d", 0},
      {1, 'o', "d", "y"},
      {1, 'f', "d/b", "1"},
      {2, 'd', "d", 0},
      {2, 'f', "d/c", "2"}},
     "d/ d/a=0 d/b=1"},
    {"opaque needs its value",
     {{0, 'd', "d", 0}, {0, 'o', "d", "n"}, {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}},
     "d/ d/a=1"},
    {"opaque by fuse-overlayfs",
     {{0, 'd', "d", 0}, {0, 'a', "d", "user.fuseoverlayfs.opaque=y"}, {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}},
     "d/"},
    {"opaque by user.overlay",
     {{0, 'd', "d", 0}, {0, 'a', "d", "user.overlay.opaque=y"}, {1, 'd', "d", 0}, {1, 'f', "d/a", "1"}},
     "d/"},
    {"opaque by name, also what is deep below",
     {{0, 'd', "d", 0},
      {0, 'f', "d/.wh..wh..opq", ""},
      {0, 'd', "d/e", 0},
      {0, 'f', "d/e/f", "0"},
      {1, 'd', "d", 0},
      {1, 'd', "d/e", 0},
      {1, 'f', "d/e/g", "1"},
      {1, 'f', "d/h", "1"}},
     "d/ d/e/ d/e/f=0"},
    {"an opaque root",
     {{1, 'f', ".wh..wh..opq", ""}, {1, 'f', "a", "1"}, {2, 'f', "b", "2"}, {0, 'f', "c", "0"}},
     "a=1 c=0"},
    {"fuse-overlayfs's own opaque directories",
     {{0, 'd', "d", 0},
      {0, 'f', "d/.wh..wh..opq", ""},
      {0, 'c', "d/.wh..opq", 0},
      {0, 'f', "d/a", "0"},
      {1, 'd', "d", 0},
      {1, 'f', "d/b", "1"},
      {1, 'f', "d/.opq", "1"}},
     "d/ d/a=0"},
    {"all forms in one stack",
     {{0, 'c', "a", 0},
      {1, 'f', ".wh.b", ""},
      {1, 'o', "", "x"},
      {1, 'w', "c", 0},
      {2, 'f', "a", "2"},
      {2, 'f', "b", "2"},
      {2, 'f', "c", "2"},
      {2, 'f', "d", "2"},
      {0, 'f', "c", "0"}},
     "c=0 d=2"},

    {"a redirect beside",
     {{0, 'd', "new", 0},
      {0, 'r', "new", "old"},
      {0, 'f', "new/a", "0"},
      {0, 'c', "old", 0},
      {1, 'd', "old", 0},
      {1, 'f', "old/b", "1"},
      {2, 'd', "old", 0},
      {2, 'f', "old/c", "2"},
      {2, 'd', "new", 0},
      {2, 'f', "new/d", "2"}},
     "new/ new/a=0 new/b=1 new/c=2"},
    {"a redirect to a path",
     {{0, 'd', "x", 0},
      {0, 'd', "x/new", 0},
      {0, 'r', "x/new", "/p/q"},
      {1, 'd', "p", 0},
      {1, 'd', "p/q", 0},
      {1, 'f', "p/q/a", "1"},
      {1, 'd', "p/q/s", 0},
      {1, 'f', "p/q/s/b", "1"},
      {2, 'd', "p", 0},
      {2, 'd', "p/q", 0},
      {2, 'd', "p/q/s", 0},
      {2, 'f', "p/q/s/c", "2"}},
     "p/ p/q/ p/q/a=1 p/q/s/ p/q/s/b=1 p/q/s/c=2 x/ x/new/ x/new/a=1 x/new/s/ x/new/s/b=1 x/new/s/c=2"},
    {"a redirect on the way of a redirect",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'd', "p", 0},
      {1, 'r', "p", "o"},
      {1, 'd', "p/q", 0},
      {1, 'f', "p/q/a", "1"},
      {2, 'd', "o", 0},
      {2, 'd', "o/q", 0},
      {2, 'f', "o/q/b", "2"}},
     "n/ n/a=1 n/b=2 o/ o/q/ o/q/b=2 p/ p/q/ p/q/a=1 p/q/b=2"},
    {"a redirect of a redirect",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "m"},
      {1, 'd', "m", 0},
      {1, 'r', "m", "/k/l"},
      {2, 'd', "k", 0},
      {2, 'd', "k/l", 0},
      {2, 'f', "k/l/a", "2"}},
     "k/ k/l/ k/l/a=2 m/ m/a=2 n/ n/a=2"},
    {"something opaque on the way of a redirect",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'd', "p", 0},
      {1, 'o', "p", "y"},
      {1, 'd', "p/q", 0},
      {1, 'f', "p/q/a", "1"},
      {2, 'd', "p", 0},
      {2, 'd', "p/q", 0},
      {2, 'f', "p/q/b", "2"}},
     "n/ n/a=1 p/ p/q/ p/q/a=1"},
    {"a whiteout on the way of a redirect",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'c', "p", 0},
      {2, 'd', "p", 0},
      {2, 'd', "p/q", 0},
      {2, 'f', "p/q/b", "2"}},
     "n/"},
    {"a link on the way of a redirect is no way",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'l', "p", "z"},
      {1, 'd', "z", 0},
      {1, 'd', "z/q", 0},
      {1, 'f', "z/q/b", "1"}},
     "n/ p>z z/ z/q/ z/q/b=1"},
    {"a file on the way of a redirect ends it",
     {{0, 'd', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'f', "p", "1"},
      {2, 'd', "p", 0},
      {2, 'd', "p/q", 0},
      {2, 'f', "p/q/b", "2"}},
     "n/ p=1"},
    {"opaque outweighs a redirect",
     {{0, 'd', "n", 0}, {0, 'r', "n", "m"}, {0, 'o', "n", "y"}, {1, 'd', "m", 0}, {1, 'f', "m/a", "1"}},
     "m/ m/a=1 n/"},
    {"a redirect that cannot be followed",
     {{0, 'd', "n", 0}, {0, 'r', "n", "/../m"}, {1, 'd', "m", 0}, {1, 'f', "m/a", "1"}},
     "m/ m/a=1 n!117"},

    {"content below", {{0, 'f', "a", "xxxx"}, {0, 'm', "a", 0}, {1, 'f', "a", "data"}}, "a=data"},
    {"content below under another name",
     {{0, 'd', "d", 0},
      {0, 'f', "d/n", "xxxx"},
      {0, 'm', "d/n", 0},
      {0, 'r', "d/n", "/e/o"},
      {1, 'd', "e", 0},
      {1, 'f', "e/o", "data"},
      {0, 'f', "k", "xxxx"},
      {0, 'm', "k", 0},
      {0, 'r', "k", "j"},
      {2, 'f', "j", "more"}},
     "d/ d/n=data e/ e/o=data j=more k=more"},
    {"something opaque on the way to metadata hides no content from a path",
     {{0, 'f', "n", "xxxx"},
      {0, 'm', "n", 0},
      {0, 'r', "n", "/p/q"},
      {1, 'd', "p", 0},
      {1, 'o', "p", "y"},
      {1, 'f', "p/q", "yyyy"},
      {1, 'm', "p/q", 0},
      {2, 'd', "p", 0},
      {2, 'f', "p/q", "data"}},
     "n=data p/ p/q=!5"},
    {"metadata of metadata",
     {{0, 'f', "a", "xxxx"},
      {0, 'm', "a", 0},
      {0, 'r', "a", "b"},
      {1, 'f', "b", "yyyy"},
      {1, 'm', "b", 0},
      {1, 'r', "b", "/d/c"},
      {2, 'd', "d", 0},
      {2, 'f', "d/c", "data"}},
     "a=data b=data d/ d/c=data"},
    {"metadata without content",
     {{0, 'f', "a", "xxxx"}, {0, 'm', "a", 0}, {1, 'c', "a", 0}, {2, 'f', "a", "2"}},
     "a=!5"},
    {"metadata over a directory", {{0, 'f', "a", "xxxx"}, {0, 'm', "a", 0}, {1, 'd', "a", 0}}, "a=!5"},
    {"metadata in the lowest layer is a file", {{3, 'f', "a", "xxxx"}, {3, 'm', "a", 0}}, "a=xxxx"},
};

static void check_merge(const struct merge_case *c)
{
    struct stack s = {.tree = NULL};
    cleanup_buf struct buf out = BUF_INIT;
    make_stack(&s, c->things, sizeof(c->things) / sizeof(*c->things));
    if (strcmp(dump(s.tree, &out), c->expect) != 0)
        fail_msg("%s: got \"%s\", expected \"%s\"", c->what, dump(s.tree, &out), c->expect);
    /* Once more with no help from the listings. */
    stack_tree_hold_names(s.tree, 0);
    if (strcmp(dump(s.tree, &out), c->expect) != 0)
        fail_msg("%s, by lookups: got \"%s\", expected \"%s\"", c->what, dump(s.tree, &out), c->expect);
    remove_stack(&s);
}

static void layers_merge(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(merge_cases) / sizeof(*merge_cases); i++)
        check_merge(&merge_cases[i]);
}

/* Runs `f` in a child that is nobody, where the marks are user.overlay.*. */
static void as_nobody(void (*f)(void **))
{
    if (geteuid() != 0) {
        f(NULL);
        return;
    }
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
            setresuid(65534, 65534, 65534) != 0)
            _exit(1);
        const struct CMUnitTest tests[] = {{"as nobody", f, NULL, NULL, NULL}};
        _exit(cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void layers_merge_unprivileged(void **state)
{
    (void)state;
    as_nobody(layers_merge);
}

static void lookups_need_no_listing(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {0, 'd', "d", 0},   {0, 'f', ".wh.x", ""}, {1, 'f', "x", "1"}, {1, 'd', "d", 0},
        {1, 'd', "d/e", 0}, {2, 'd', "d", 0},      {2, 'd', "d/e", 0}, {2, 'f', "d/e/f", "2"},
        {1, 'c', "d/g", 0}, {2, 'f', "d/g", "2"},
    };
    static const struct {
        const char *path;
        int r;
    } cases[] = {{"d/e/f", 0}, {"d/g", -ENOENT}, {"x", -ENOENT}, {"d/e/f/y", -ENOTDIR}, {".wh.x", -ENOENT}};
    struct stack s = {.tree = NULL};
    make_stack(&s, things, sizeof(things) / sizeof(*things));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t node;
        struct tree_attr attr;
        assert_int_equal(tree_walk(s.tree, cases[i].path, true, &node, &attr), cases[i].r);
        if (cases[i].r == 0)
            tree_forget(s.tree, node, 1);
    }
    remove_stack(&s);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_merge),
        cmocka_unit_test(layers_merge_unprivileged),
        cmocka_unit_test(lookups_need_no_listing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
