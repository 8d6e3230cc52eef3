/* SPDX-License-Identifier: Apache-2.0 */
/* Images whose names at which a runtime acts are links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/places.h"
#include "os/beneath.h"

struct scene {
    char dir[64];
    int top, root;
};

static int set_up(void **state)
{
    static struct scene s;

    snprintf(s.dir, sizeof s.dir, "/tmp/mica-places.XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    s.top = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(s.top, "root", 0755), 0);
    s.root = openat(s.top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    close(s->root);
    assert_int_equal(beneath_remove(s->top, "root"), 0);
    close(s->top);
    return rmdir(s->dir);
}

#define NONE "{\"config\":{}}"

static int find(const struct scene *s, const char *config, const struct bundle_wish *w,
                struct bundle_places *ret, struct err *err)
{
    return bundle_places_find(s->root, config, strlen(config), w, ret, err);
}

/* All of a list's words with blanks between them. */
static void expect(char **list, const char *text)
{
    char joined[512] = "";

    for (size_t i = 0; list && list[i]; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, list[i]);
    }
    assert_string_equal(joined, text);
}

/* No mount of an image's covers /proc, /sys, /dev or what is in them. */
static void test_volumes(void **state)
{
    static const struct {
        const char *volumes, *scratch;
    } cases[] = {
        {"{\"/data\":{},\"relative\":{},\"/\":{}}", "/tmp /var/tmp /run /data"},
        {"{\"/proc\":{},\"/sys/\":{},\"//dev\":{},\"/dev/shm\":{}}", "/tmp /var/tmp /run"},
        {"{\"/a/../proc/sys\":{},\"/./sys/kernel\":{},\"/..\":{}}", "/tmp /var/tmp /run"},
        {"{\"/to-proc\":{},\"/to-proc/sys\":{},\"/to-root/dev\":{},\"/to-root\":{}}", "/tmp /var/tmp /run"},
        {"{\"/chain\":{},\"/tmp/\":{},\"/process\":{}}", "/tmp /var/tmp /run /process"},
        {"{\"/to-lib/x\":{}}", "/tmp /var/tmp /run /usr/lib/x"},
        {"[\"/data\"]", "/tmp /var/tmp /run"},
    };
    const struct bundle_wish plain = {0}, read_only = {.read_only = true};
    struct scene *s = *state;
    char config[256];

    assert_int_equal(symlinkat("/proc", s->root, "to-proc"), 0);
    assert_int_equal(symlinkat("..", s->root, "to-root"), 0);
    assert_int_equal(symlinkat("to-root/sys/firmware", s->root, "chain"), 0);
    assert_int_equal(symlinkat("usr/lib", s->root, "to-lib"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bundle_places p = {0};
        struct err err = {""};
        snprintf(config, sizeof config, "{\"config\":{\"Volumes\":%s}}", cases[i].volumes);
        assert_int_equal(find(s, config, &read_only, &p, &err), 0);
        expect(p.scratch, cases[i].scratch);
        bundle_places_free(&p);
        assert_int_equal(find(s, config, &plain, &p, &err), 0);
        expect(p.scratch, "");
        bundle_places_free(&p);
    }
}

static void test_links_of_what_is_always_mounted(void **state)
{
    const struct bundle_wish read_only = {.read_only = true};
    struct scene *s = *state;
    struct bundle_places p = {0};
    struct err err = {""};

    assert_int_equal(symlinkat("/proc/sys", s->root, "tmp"), 0);
    assert_int_equal(symlinkat("/dev", s->root, "run"), 0);
    assert_int_equal(mkdirat(s->root, "etc", 0755), 0);
    assert_int_equal(symlinkat("/proc/sysrq-trigger", s->root, "etc/hosts"), 0);
    assert_int_equal(symlinkat("../run/resolve/stub", s->root, "etc/resolv.conf"), 0);
    assert_int_equal(symlinkat("../srv/name", s->root, "etc/hostname"), 0);
    assert_int_equal(find(s, NONE, &read_only, &p, &err), 0);
    expect(p.scratch, "/var/tmp");
    assert_null(p.files[0]); /* /run is /dev */
    assert_null(p.files[1]);
    assert_string_equal(p.files[2], "/srv/name");
    bundle_places_free(&p);
}

static void test_links_of_the_system(void **state)
{
    static const char *const names[] = {"proc", "sys", "dev"};
    const struct bundle_wish w = {0};
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bundle_places p = {0};
        struct err err = {""};
        assert_int_equal(symlinkat("/etc", s->root, names[i]), 0);
        assert_int_equal(find(s, NONE, &w, &p, &err), -EINVAL);
        assert_non_null(strstr(err.text, names[i]));
        assert_int_equal(unlinkat(s->root, names[i], 0), 0);
    }
}

/* A volume that is wished goes where it says, or is refused. */
static void test_wished(void **state)
{
    static const struct {
        const char *destination, *place; /* NULL: refused */
    } cases[] = {
        {"/dst", "/dst"},           {"/dangling/x", "/no/where/x"},
        {"/dangling", "/no/where"}, {"/dev/fuse", "/dev/fuse"},
        {"/a/../sys/x", "/sys/x"},  {"/to-proc", NULL},
        {"/to-proc/x", NULL},       {"/to-root", NULL},
        {"/loop/x", NULL},
    };
    struct scene *s = *state;

    assert_int_equal(symlinkat("/no/where", s->root, "dangling"), 0);
    assert_int_equal(symlinkat("proc/self/fd", s->root, "to-proc"), 0);
    assert_int_equal(symlinkat("/", s->root, "to-root"), 0);
    assert_int_equal(symlinkat("loop", s->root, "loop"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char destination[32];
        struct bundle_volume v = {.source = (char[]){"/src"}, .destination = destination};
        const struct bundle_wish w = {.volumes = &v, .n_volumes = 1};
        struct bundle_places p = {0};
        struct err err = {""};
        snprintf(destination, sizeof destination, "%s", cases[i].destination);
        int r = find(s, NONE, &w, &p, &err);
        assert_int_equal(r == 0, cases[i].place != NULL);
        if (r == 0)
            assert_string_equal(p.volumes[0].destination, cases[i].place);
        else
            assert_non_null(strstr(err.text, destination));
        bundle_places_free(&p);
    }
}

/* A link in one volume leads no other volume away. */
static void test_volumes_in_volumes(void **state)
{
    static const struct {
        const char *outer, *inner;
        bool good;
    } cases[] = {
        {"/a", "/a/sub/x", true},     {"/a", "/a/to-proc", false}, {"/a", "/a/to-proc/x", false},
        {"/a", "/a/up/x", false},     {"/a", "/a/none/x", true},   {"/a", "/b/to-proc", true},
        {"/a/b", "/a/to-proc", true},
    };
    struct scene *s = *state;
    char source[80];

    snprintf(source, sizeof source, "%s/root/volume", s->dir);
    assert_int_equal(mkdirat(s->root, "volume", 0755), 0);
    assert_int_equal(mkdirat(s->root, "volume/sub", 0755), 0);
    assert_int_equal(symlinkat("/proc", s->root, "volume/to-proc"), 0);
    assert_int_equal(symlinkat("..", s->root, "volume/up"), 0);
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        char outer[32], inner[32];
        struct bundle_volume v[2] = {{.source = source, .destination = outer},
                                     {.source = (char[]){"/src"}, .destination = inner}};
        const struct bundle_wish w = {.volumes = v, .n_volumes = 2};
        struct bundle_places p = {0};
        struct err err = {""};
        snprintf(outer, sizeof outer, "%s", cases[i / 2].outer);
        snprintf(inner, sizeof inner, "%s", cases[i / 2].inner);
        if (i % 2) { /* in either order */
            const struct bundle_volume first = v[0];
            v[0] = v[1];
            v[1] = first;
        }
        int r = find(s, NONE, &w, &p, &err);
        assert_int_equal(r == 0, cases[i / 2].good);
        if (r < 0)
            assert_non_null(strstr(err.text, inner));
        bundle_places_free(&p);
    }
}

static void test_workdir(void **state)
{
    static const struct {
        const char *image, *wish;
        bool good;
    } cases[] = {
        {"/srv", NULL, true},
        {"", NULL, true},
        {"/proc/self/fd/7", NULL, false},
        {"link", NULL, false},
        {"/link", NULL, false},
        {"/link", "/srv", true},
        {"/srv", "/link", false},
        {"/srv", "/proc/sys", true},
        {"../proc", NULL, false},
        {"/procs", NULL, true},
    };
    struct scene *s = *state;
    char config[128];

    assert_int_equal(symlinkat("/proc/self/fd/7", s->root, "link"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bundle_wish w = {.workdir = cases[i].wish};
        struct bundle_places p = {0};
        struct err err = {""};
        snprintf(config, sizeof config, "{\"config\":{\"WorkingDir\":\"%s\"}}", cases[i].image);
        assert_int_equal(find(s, config, &w, &p, &err), cases[i].good ? 0 : -EINVAL);
        bundle_places_free(&p);
    }
}

static void test_too_many(void **state)
{
    const struct bundle_wish read_only = {.read_only = true};
    struct scene *s = *state;
    static char config[1 << 16] = "{\"config\":{\"Volumes\":{";
    struct bundle_places p = {0};
    struct err err = {""};
    size_t len = strlen(config);

    for (unsigned i = 0; i <= BUNDLE_MAX_VOLUMES; i++)
        len += (size_t)snprintf(config + len, sizeof config - len, "%s\"/v%u\":{}", i ? "," : "", i);
    snprintf(config + len, sizeof config - len, "}}}");
    assert_int_equal(find(s, config, &read_only, &p, &err), -E2BIG);
    assert_true(*err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_volumes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_volumes_in_volumes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_of_what_is_always_mounted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_of_the_system, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_workdir, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
