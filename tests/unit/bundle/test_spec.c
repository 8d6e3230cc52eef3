/* SPDX-License-Identifier: Apache-2.0 */
/* config.json, asked for single facts of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bundle/spec.h"

static const char config_text[] =
    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"me\",\"created\":\"2026-01-01T00:00:00Z\","
    "\"config\":{\"Cmd\":[\"run\"],\"WorkingDir\":\"srv\",\"StopSignal\":\"SIGQUIT\","
    "\"Labels\":{\"a.b\":\"c\",\"org.opencontainers.image.author\":\"label\",\"n\":7},"
    "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Volumes\":{\"/data\":{},\"relative\":{},\"/\":{}}},"
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";

/* Makes it, and parses it again. */
static json_t *make(const struct bundle_spec *s)
{
    char *text = NULL;
    size_t len = 0;
    struct err err = {""};

    assert_int_equal(bundle_spec_make(s, &text, &len, &err), 0);
    json_t *spec = json_loadb(text, len, 0, NULL);
    free(text);
    assert_non_null(spec);
    return spec;
}

/* The value at a path of keys with dots between them, as text. */
static const char *at(json_t *spec, const char *path, char buf[256])
{
    char copy[128], *rest = copy;
    json_t *value = spec;

    snprintf(copy, sizeof copy, "%s", path);
    for (const char *key; (key = strsep(&rest, "/"));)
        value = json_object_get(value, key);
    if (!value)
        return "-";
    if (json_is_string(value))
        return json_string_value(value);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(buf, 256, "%s", text);
    free(text);
    return buf;
}

static json_t *mount_on(json_t *spec, const char *destination)
{
    json_t *m, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(spec, "mounts"), i, m) {
        if (strcmp(json_string_value(json_object_get(m, "destination")), destination) == 0)
            found = m;
    }
    return found;
}

static bool has_word(json_t *list, const char *word)
{
    json_t *w;
    size_t i;

    json_array_foreach(list, i, w) {
        if (json_is_string(w) && strcmp(json_string_value(w), word) == 0)
            return true;
        if (json_is_object(w) && strcmp(json_string_value(json_object_get(w, "type")), word) == 0)
            return true;
    }
    return false;
}

struct scene {
    struct image_config config;
    struct bundle_wish wish;
    struct bundle_user user;
    struct bundle_places places;
    struct bundle_spec spec;
};

static void set_up(struct scene *s)
{
    static char root_dir[] = "/";

    memset(s, 0, sizeof *s);
    assert_int_equal(image_config_parse(config_text, strlen(config_text), &s->config, NULL), 0);
    s->user.home = root_dir;
    s->spec = (struct bundle_spec){
        .config = &s->config,
        .stop_signal = 3,
        .wish = &s->wish,
        .places = &s->places,
        .user = &s->user,
        .hostname = "box",
        .root = "rootfs",
        .files = "/run/box",
        .seccomp = json_pack("{s:s}", "defaultAction", "SCMP_ACT_ERRNO"),
    };
}

/* In a root without a file. */
static void find_places(struct scene *s)
{
    char dir[] = "/tmp/mica-spec.XXXXXX";
    struct err err = {""};

    assert_non_null(mkdtemp(dir));
    int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(bundle_places_find(root, config_text, strlen(config_text), &s->wish, &s->places, &err),
                     0);
    close(root);
    assert_int_equal(rmdir(dir), 0);
}

static json_t *make_in(struct scene *s)
{
    find_places(s);
    return make(&s->spec);
}

static void tear_down(struct scene *s)
{
    bundle_places_free(&s->places);
    image_config_free(&s->config);
    json_decref(s->spec.seccomp);
}

static void test_of_the_image(void **state)
{
    static const struct {
        const char *path, *value;
    } cases[] = {
        {"ociVersion", "1.0.2"},
        {"process/args", "[\"run\"]"},
        {"process/cwd", "/srv"}, /* relative to the root */
        {"process/terminal", "false"},
        {"process/user/uid", "0"},
        {"process/user/additionalGids", "-"},
        {"root/path", "rootfs"},
        {"root/readonly", "false"},
        {"hostname", "box"},
        {"annotations", "{\"org.opencontainers.image.stopSignal\":\"3\"}"},
        {"linux/uidMappings", "-"},
        {"linux/seccomp/defaultAction", "SCMP_ACT_ERRNO"},
    };
    struct scene s;
    char buf[256];

    (void)state;
    set_up(&s);
    json_t *spec = make_in(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(at(spec, cases[i].path, buf), cases[i].value);
    json_t *part = json_object_get(spec, "linux");
    assert_true(has_word(json_object_get(part, "maskedPaths"), "/sys/devices/virtual/powercap"));
    assert_true(has_word(json_object_get(part, "namespaces"), "cgroup"));
    assert_non_null(mount_on(spec, "/etc/hosts"));
    assert_null(mount_on(spec, "/tmp"));
    assert_null(mount_on(spec, "/data"));
    json_decref(spec);
    tear_down(&s);
}

static void test_wishes(void **state)
{
    struct bundle_volume volumes[] = {{(char[]){"/src"}, (char[]){"/dst"}, true, false, VOLUME_BIND, NULL}};
    uint32_t groups[] = {7, 8};
    struct scene s;
    char buf[256];

    (void)state;
    set_up(&s);
    s.wish = (struct bundle_wish){.workdir = "/w",
                                  .tty = true,
                                  .read_only = true,
                                  .host_network = true,
                                  .volumes = volumes,
                                  .n_volumes = 1};
    s.user.uid = 5;
    s.user.groups = groups;
    s.user.n_groups = 2;
    json_t *spec = make_in(&s);
    assert_string_equal(at(spec, "process/cwd", buf), "/w");
    assert_string_equal(at(spec, "process/terminal", buf), "true");
    assert_string_equal(at(spec, "root/readonly", buf), "true");
    assert_string_equal(at(spec, "process/user/additionalGids", buf), "[7,8]");
    assert_string_equal(at(spec, "process/capabilities/effective", buf), "[]");
    assert_true(has_word(json_object_get(mount_on(spec, "/dst"), "options"), "ro"));
    assert_non_null(mount_on(spec, "/tmp"));
    assert_non_null(mount_on(spec, "/data")); /* a volume of the image */
    assert_null(mount_on(spec, "relative"));
    assert_null(mount_on(spec, "/"));
    json_t *spaces = json_object_get(json_object_get(spec, "linux"), "namespaces");
    assert_false(has_word(spaces, "network"));
    assert_true(has_word(spaces, "pid"));
    assert_false(has_word(spaces, "user"));
    assert_string_equal(at(mount_on(spec, "/sys"), "type", buf), "sysfs");
    json_decref(spec);
    tear_down(&s);
}

static void test_ids(void **state)
{
    const struct bundle_ids ids[] = {{0, 1000, 1}, {1, 100000, 65536}};
    struct scene s;
    char buf[256];

    (void)state;
    set_up(&s);
    s.wish.host_network = true;
    s.spec.uids = s.spec.gids = ids;
    s.spec.n_uids = 2;
    s.spec.n_gids = 1;
    json_t *spec = make_in(&s);
    assert_string_equal(at(spec, "linux/uidMappings", buf),
                        "[{\"containerID\":0,\"hostID\":1000,\"size\":1},"
                        "{\"containerID\":1,\"hostID\":100000,\"size\":65536}]");
    assert_string_equal(at(spec, "linux/gidMappings", buf),
                        "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]");
    assert_true(has_word(json_object_get(json_object_get(spec, "linux"), "namespaces"), "user"));
    /* The network is not this namespace's: a new sysfs of it is not to be had. */
    assert_string_equal(at(mount_on(spec, "/sys"), "type", buf), "bind");
    json_decref(spec);
    tear_down(&s);
}

static void test_one_id(void **state)
{
    uint32_t groups[] = {7};
    struct scene s;
    char buf[256], *text;
    size_t len;
    struct err err = {""};

    (void)state;
    set_up(&s);
    s.spec.single_id = s.spec.in_space = true;
    s.user.groups = groups;
    s.user.n_groups = 1;
    json_t *spec = make_in(&s);
    assert_string_equal(at(spec, "process/user/additionalGids", buf), "-");
    assert_false(has_word(json_object_get(mount_on(spec, "/dev/pts"), "options"), "gid=5"));
    json_decref(spec);
    s.user.uid = 33;
    assert_int_equal(bundle_spec_make(&s.spec, &text, &len, &err), -EINVAL);
    assert_non_null(strstr(err.text, "-u 0"));
    tear_down(&s);
}

/* The group that is the process's own is left out where it says nothing and a runtime refuses it. */
static void test_groups(void **state)
{
    static const struct {
        bool by_user;
        uint32_t uid, groups[2];
        size_t n;
        const char *text;
    } cases[] = {
        {false, 0, {0}, 1, "[0]"}, {true, 0, {0}, 1, "-"},     {true, 0, {0, 7}, 2, "[0,7]"},
        {true, 33, {0}, 1, "[0]"}, {false, 33, {0}, 1, "[0]"}, {true, 0, {7}, 1, "[7]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t groups[2] = {cases[i].groups[0], cases[i].groups[1]};
        struct scene s;
        char buf[256];
        set_up(&s);
        s.spec.by_user = cases[i].by_user;
        s.user.uid = cases[i].uid;
        s.user.groups = groups;
        s.user.n_groups = cases[i].n;
        json_t *spec = make_in(&s);
        assert_string_equal(at(spec, "process/user/additionalGids", buf), cases[i].text);
        json_decref(spec);
        tear_down(&s);
    }
}

static bool ends_with_slash(const char *source)
{
    return source[strlen(source) - 1] == '/';
}

static void test_points(void **state)
{
    static const char *const points[] = {
        "/proc/",           "/dev/",      "/sys/",         "/tmp/", "/var/tmp/", "/run/", "/data/",
        "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/dst/", "/file",     NULL};
    struct bundle_volume volumes[] = {{(char[]){"/src/"}, (char[]){"/dst"}, true, false, VOLUME_BIND, NULL},
                                      {(char[]){"/src"}, (char[]){"/file"}, true, true, VOLUME_BIND, NULL}};
    struct scene s;
    char **list = NULL;
    size_t n = 0;

    (void)state;
    set_up(&s);
    s.wish = (struct bundle_wish){.read_only = true, .volumes = volumes, .n_volumes = 2};
    find_places(&s);
    assert_int_equal(bundle_spec_points(&s.spec, ends_with_slash, &list), 0);
    for (; list[n] && points[n]; n++)
        assert_string_equal(list[n], points[n]);
    assert_true(!list[n] && !points[n]);
    bundle_points_free(list);
    tear_down(&s);
}

static size_t until_failure; /* 0: it has been */

static void *allocate_but_one(size_t size)
{
    return until_failure > 0 && --until_failure == 0 ? NULL : malloc(size);
}

/* Makes it while jansson's n-th allocation fails. True when there were not so many. */
static bool makes_with(const struct bundle_spec *s, size_t n, const char *whole)
{
    struct err err = {""};
    char *text = NULL;
    size_t len;

    until_failure = n;
    json_set_alloc_funcs(allocate_but_one, free);
    int r = bundle_spec_make(s, &text, &len, &err);
    json_set_alloc_funcs(malloc, free);
    if (r < 0) {
        assert_int_equal(r, -ENOMEM);
        assert_true(*err.text);
        return false;
    }
    size_t same = 0;
    while (text[same] && text[same] == whole[same])
        same++;
    assert_string_equal(text + same, whole + same);
    free(text);
    return until_failure > 0;
}

/* Wherever memory ends, there is the error that says so, or all of config.json: never one in which a path is
 * not masked or a group is missing. */
static void test_without_memory(void **state)
{
    uint32_t groups[] = {3, 7};
    struct bundle_ids ids[] = {{0, 1000, 1}, {1, 100000, 65535}};
    struct scene s;
    char *whole = NULL;
    size_t len, n = 1;

    (void)state;
    set_up(&s);
    find_places(&s);
    s.user.groups = groups;
    s.user.n_groups = 2;
    s.spec.uids = s.spec.gids = ids;
    s.spec.n_uids = s.spec.n_gids = 2;
    s.spec.host_devices = true;
    s.spec.nproc = s.spec.pids = 100;
    assert_int_equal(bundle_spec_make(&s.spec, &whole, &len, NULL), 0);
    while (!makes_with(&s.spec, n, whole))
        n++;
    assert_true(n > 300);
    free(whole);
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_image),   cmocka_unit_test(test_wishes), cmocka_unit_test(test_ids),
        cmocka_unit_test(test_groups),         cmocka_unit_test(test_one_id), cmocka_unit_test(test_points),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
