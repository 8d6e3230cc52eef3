/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every member of config.json has a source, and is in the table below with it: a member that is not, and a
 * text of the image's where the table names another source, fails. Each text of the image's has its mark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bundle/seccomp.h"
#include "bundle/seccomp_families.h"
#include "bundle/spec.h"
#include "image/json_text.h"

#define MARK "crafted"

/* All that a config can have, and labels that runtimes obey as annotations. */
static const char config_text[] =
    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"os.version\":\"crafted\",\"variant\":\"v1\","
    "\"author\":\"crafted\",\"created\":\"2026-01-01T00:00:00Z\",\"crafted\":1,"
    "\"annotations\":{\"crafted\":\"crafted\"},\"hooks\":{\"crafted\":[]},\"linux\":{\"crafted\":1},"
    "\"config\":{\"Cmd\":[\"/crafted-cmd\"],\"Entrypoint\":[\"/crafted-entry\"],"
    "\"Env\":[\"CRAFTED=crafted\",\"HOME=/crafted\",\"PATH=/crafted\",\"LD_PRELOAD=/crafted\"],"
    "\"WorkingDir\":\"/crafted\",\"StopSignal\":\"SIGQUIT\",\"User\":\"crafted\",\"Hostname\":\"crafted\","
    "\"Domainname\":\"crafted\",\"Image\":\"crafted\",\"MacAddress\":\"crafted\",\"Shell\":[\"crafted\"],"
    "\"OnBuild\":[\"RUN crafted\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"crafted\"]},"
    "\"Memory\":1,\"CpuShares\":1,\"ArgsEscaped\":true,\"Tty\":true,\"NetworkDisabled\":false,"
    "\"Labels\":{\"run.oci.seccomp.plugins\":\"/crafted\",\"run.oci.seccomp_bpf_data\":\"crafted\","
    "\"run.oci.pidfd_receiver\":\"/crafted\",\"run.oci.keep_original_groups\":\"1\","
    "\"run.oci.hooks.stdout\":\"/crafted\",\"run.oci.handler\":\"crafted\","
    "\"org.systemd.property.ExecStart\":\"crafted\",\"org.criu.config\":\"/crafted\","
    "\"org.opencontainers.image.stopSignal\":\"crafted\",\"crafted\":\"crafted\"},"
    "\"ExposedPorts\":{\"crafted/tcp\":{}},\"Volumes\":{\"/crafted-volume\":{}}},"
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";

enum source {
    FIXED,  /* mica's own, or the host's: its seccomp.json, id ranges, paths of the bundle */
    WISHED, /* options and words of the user */
    LOOKED, /* numbers that were looked up in the image's passwd and group */
    IMAGE,  /* text of the image's, which means something within the container only */
};

static const struct member {
    const char *path; /* a pattern; list elements are [] */
    enum source source;
} members[] = {
    {"ociVersion", FIXED},
    {"process/args/[]", IMAGE},
    {"process/env/[]", IMAGE},
    {"process/cwd", IMAGE},
    {"process/terminal", WISHED},
    {"process/user/uid", LOOKED},
    {"process/user/gid", LOOKED},
    {"process/user/umask", FIXED},
    {"process/user/additionalGids/[]", LOOKED},
    {"process/rlimits/[]/*", WISHED}, /* --ulimit, and --pids-limit */
    {"linux/resources/pids/limit", FIXED},
    {"process/capabilities/bounding/[]", FIXED},
    {"process/capabilities/effective/[]", FIXED},
    {"process/capabilities/permitted/[]", FIXED},    /* the usual ones, --cap-add and --cap-drop */
    {"process/capabilities/inheritable/[]", WISHED}, /* --cap-add, for others than root */
    {"process/capabilities/ambient/[]", WISHED},
    {"root/path", FIXED},
    {"root/readonly", WISHED},
    {"hostname", WISHED},
    {"mounts/[]/destination", IMAGE}, /* volumes, with --read-only, as bundle_places_find() lets them */
    {"mounts/[]/source", WISHED},
    {"mounts/[]/type", FIXED},
    {"mounts/[]/options/[]", WISHED},                            /* of --tmpfs */
    {"annotations/org.opencontainers.image.stopSignal", LOOKED}, /* a number of 1 to 64 */
    {"linux/namespaces/[]/type", FIXED},
    {"linux/maskedPaths/[]", FIXED},
    {"linux/readonlyPaths/[]", FIXED},
    {"linux/uidMappings/[]/*", FIXED},
    {"linux/gidMappings/[]/*", FIXED},
    {"linux/seccomp/defaultAction", FIXED}, /* of a file of the machine's, as all of the filter */
    {"linux/seccomp/defaultErrnoRet", FIXED},
    {"linux/seccomp/architectures/[]", FIXED},
    {"linux/seccomp/syscalls/[]/names/[]", FIXED},
    {"linux/seccomp/syscalls/[]/action", FIXED},
    {"linux/seccomp/syscalls/[]/errnoRet", FIXED},
    {"linux/seccomp/syscalls/[]/args/[]/*", FIXED},
};
#define N_MEMBERS (sizeof members / sizeof *members)

static void check_leaf(const json_t *value, const char *path, bool seen[N_MEMBERS])
{
    for (size_t i = 0; i < N_MEMBERS; i++) {
        char pattern[128] = "";
        for (const char *c = members[i].path; *c; c++) /* the brackets are no pattern */
            snprintf(pattern + strlen(pattern), 3, *c == '[' || *c == ']' ? "\\%c" : "%c", *c);
        if (fnmatch(pattern, path, FNM_PATHNAME) != 0)
            continue;
        seen[i] = true;
        if (members[i].source == LOOKED && json_is_string(value))
            assert_int_equal(strspn(json_string_value(value), "0123456789"),
                             strlen(json_string_value(value)));
        if (members[i].source != IMAGE && json_is_string(value) && strcasestr(json_string_value(value), MARK))
            fail_msg("%s has a text of the image's: %s", path, json_string_value(value));
        return;
    }
    fail_msg("the source of %s is not known", path);
}

static void check(json_t *value, const char *path, bool seen[N_MEMBERS])
{
    char below[512];
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach(value, i, member) {
        snprintf(below, sizeof below, "%s/[]", path);
        check(member, below, seen);
    }
    json_object_foreach(value, key, member) {
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", key);
        check(member, below, seen);
    }
    if (!json_is_array(value) && !json_is_object(value))
        check_leaf(value, path, seen);
}

static void check_spec(const struct bundle_wish *w, bool seen[N_MEMBERS])
{
    const struct bundle_ids ids[] = {{0, 1000, 1}};
    uint32_t groups[] = {7, 8};
    struct bundle_user user = {w->ambient ? 5 : 0, 6, groups, 2, (char[]){"/home"}};
    struct image_config config;
    struct bundle_places places = {0};
    char dir[] = "/tmp/mica-members.XXXXXX", *text = NULL;
    struct err err = {""};
    size_t len;

    assert_non_null(mkdtemp(dir));
    int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(image_config_parse(config_text, strlen(config_text), &config, &err), 0);
    assert_int_equal(bundle_places_find(root, config_text, strlen(config_text), w, &places, &err), 0);
    close(root);
    rmdir(dir);
    struct seccomp_machine here;
    cleanup_json json_t *filter = NULL;
    const char *caps[BUNDLE_CAPS_MAX + 1];
    bundle_caps_names(bundle_spec_caps(w), caps);
    seccomp_here(caps, &here);
    assert_int_equal(seccomp_find(seccomp_paths, &here, &filter, &err), 0);
    assert_int_equal(seccomp_without_unheld(filter), 0);
    const struct bundle_spec spec = {
        .config = &config,
        .seccomp = filter,
        .stop_signal = 3,
        .wish = w,
        .places = &places,
        .user = &user,
        .hostname = w->hostname ? w->hostname : "box",
        .root = "rootfs",
        .files = "/run/box",
        .shell = "/bin/busybox",
        .uids = ids,
        .gids = ids,
        .n_uids = 1,
        .n_gids = 1,
        .pids = 2048,
        .nproc = 2048,
    };
    assert_int_equal(bundle_spec_make(&spec, &text, &len, &err), 0);
    json_t *root_value = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
    free(text);
    check(root_value, "", seen);
    json_decref(root_value);
    bundle_places_free(&places);
    image_config_free(&config);
}

static void test_every_member_has_a_source(void **state)
{
    struct bundle_volume volumes[] = {
        {(char[]){"/src"}, (char[]){"/dst"}, true, false, VOLUME_BIND, NULL},
        {(char[]){"/dev/x"}, (char[]){"/dev/x"}, false, true, VOLUME_DEVICE, NULL},
        {NULL, (char[]){"/x"}, false, false, VOLUME_TMPFS, (char[]){"size=1m"}}};
    struct bundle_rlimit rlimits[] = {{"RLIMIT_NOFILE", 1, UINT64_MAX}};
    const struct bundle_wish none = {0}, all = {.tty = true,
                                                .read_only = true,
                                                .host_network = true,
                                                .hostname = "name",
                                                .volumes = volumes,
                                                .n_volumes = 3,
                                                .has_caps = true,
                                                .caps = bundle_caps_default() | 1u << 13,
                                                .ambient = 1u << 13,
                                                .rlimits = rlimits,
                                                .n_rlimits = 1,
                                                .init = "/bin/init"};
    bool seen[N_MEMBERS] = {false};

    (void)state;
    check_spec(&none, seen);
    check_spec(&all, seen);
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (!seen[i])
            fail_msg("%s is no member any more", members[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member_has_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
