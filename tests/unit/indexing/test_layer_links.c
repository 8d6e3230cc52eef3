/* SPDX-License-Identifier: Apache-2.0 */
/* Paths through symbolic links in random layers, beside what the kernel says of the same paths in a directory
 * that has the same links, with openat2's RESOLVE_IN_ROOT: as in a chroot. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/layer_links.h"
#include "os/beneath.h"
#include "os/cleanup.h"

#define MAX_DIRS 12

struct pair {
    struct layer_nodes nodes;
    char root[PATH_MAX]; /* the directory beside the layer */
    struct {
        uint32_t name;
        char path[PATH_MAX]; /* in the root, begins with a slash or is empty */
    } dirs[MAX_DIRS];
    int n_dirs;
};

/* A component of a target or, without dots, of a path. */
static const char *random_component(bool dots)
{
    static const char *const all[] = {"a", "b", "c", "..", "."};

    return all[rand() % (dots ? 5 : 3)];
}

static void random_text(char ret[64], bool target)
{
    int components = 1 + rand() % 4;
    size_t n = 0;

    if (target && rand() % 4 == 0)
        ret[n++] = '/';
    for (int i = 0; i < components; i++)
        n += (size_t)snprintf(ret + n, 64 - n, "%s%s", i ? "/" : "", random_component(target));
}

/* Makes a directory or a link of a random name in a random directory of both, unless that name is taken. */
static void add_something(struct pair *p)
{
    const char *text = random_component(false);
    int at = rand() % p->n_dirs;
    struct index_inode link = {.mode = S_IFLNK | 0777};
    char path[PATH_MAX], full[2 * PATH_MAX], target[64];
    uint32_t name, inode;

    if (layer_nodes_child(&p->nodes, p->dirs[at].name, text, strlen(text)))
        return;
    snprintf(path, sizeof(path), "%.200s/%s", p->dirs[at].path, text);
    snprintf(full, sizeof(full), "%s%s", p->root, path);
    assert_int_equal(layer_nodes_name(&p->nodes, p->dirs[at].name, text, strlen(text), &name), 0);
    if (rand() % 5 < 3 && p->n_dirs < MAX_DIRS) {
        assert_int_equal(layer_nodes_make_dir(&p->nodes, name), 0);
        assert_int_equal(mkdir(full, 0700), 0);
        p->dirs[p->n_dirs].name = name;
        strcpy(p->dirs[p->n_dirs++].path, path);
        return;
    }
    random_text(target, true);
    link.size = strlen(target);
    assert_int_equal(index_writer_text(p->nodes.out, target, link.size, &link.target), 0);
    assert_int_equal(layer_nodes_inode(&p->nodes, &link, &inode), 0);
    layer_nodes_assign(&p->nodes, name, inode);
    assert_int_equal(symlink(target, full), 0);
}

/* Where the kernel finds the directory `path`: its path below the root. */
static int kernel_says(const struct pair *p, int root, const char *path, char ret[PATH_MAX])
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    char link[64];
    ssize_t n;
    cleanup_fd int fd = -1;

    do
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
    while (fd < 0 && errno == EAGAIN);
    if (fd < 0)
        return -errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, ret, PATH_MAX - 1);
    assert_true(n >= (ssize_t)strlen(p->root));
    ret[n] = 0;
    memmove(ret, ret + strlen(p->root), (size_t)n - strlen(p->root) + 1);
    return 0;
}

/* 1: the kernel found a directory; it is the layer's answer, too. */
static int compare(struct pair *p, int root)
{
    char parent[64], path[70], theirs[PATH_MAX], ours[LAYER_PATH_MAX + 1], want[PATH_MAX + 2];
    struct err err = {""};
    uint32_t name;
    int k, r;

    random_text(parent, false);
    snprintf(path, sizeof(path), "%s/f", parent);
    k = kernel_says(p, root, parent, theirs);
    r = layer_links_follow(&p->nodes, path, "entry", ours, &name, &err);
    if (k == -ELOOP)
        assert_int_equal(r, -ELOOP);
    if (k < 0)
        return 0;
    if (r < 0)
        fail_msg("%s: %s", path, err.text);
    snprintf(want, sizeof(want), "%s/f", theirs);
    if (strcmp(ours, want + 1) != 0)
        fail_msg("%s is %s, not %s", path, ours, want + 1);
    assert_int_equal(name, 0);
    return 1;
}

static int one_round(const char *top)
{
    struct pair p = {.n_dirs = 1, .dirs = {{.name = LAYER_ROOT_NAME}}};
    cleanup_fd int root = -1;
    int found = 0;

    snprintf(p.root, sizeof(p.root), "%.500s/r", top);
    assert_int_equal(mkdir(p.root, 0700), 0);
    root = open(p.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    assert_int_equal(layer_nodes_init(&p.nodes, 1000, -1), 0);
    for (int i = 0; i < 40; i++)
        add_something(&p);
    for (int i = 0; i < 40; i++)
        found += compare(&p, root);
    layer_nodes_release(&p.nodes);
    assert_int_equal(beneath_remove(AT_FDCWD, p.root), 0);
    return found;
}

static void agrees_with_the_kernel(void **state)
{
    const char *given = getenv("MICA_TEST_SEED"), *tmp = getenv("TMPDIR");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL) ^ (unsigned)getpid();
    char top[PATH_MAX / 2], real[PATH_MAX];
    int found = 0;

    (void)state;
    if (syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) < 0 && (errno == ENOSYS || errno == EPERM))
        skip();
    snprintf(top, sizeof(top), "%s/mica-links.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(top));
    assert_non_null(realpath(top, real)); /* as /proc writes it */
    print_message("MICA_TEST_SEED=%u\n", seed);
    srand(seed);
    for (int i = 0; i < 200; i++)
        found += one_round(real);
    assert_int_equal(rmdir(top), 0);
    assert_in_range(found, 1000, 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
