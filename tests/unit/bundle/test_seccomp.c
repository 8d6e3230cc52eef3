/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of system calls: profiles that are resolved, ones that make no sense, and sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/seccomp.h"
#include "bundle/seccomp_families.h"
#include "bundle/seccomp_profile.h"
#include "bundle/spec.h"
#include "image/json_text.h"

static const char *const no_caps[] = {NULL};
static const char *const all_caps[] = {"CAP_SYS_ADMIN",
                                       "CAP_DAC_READ_SEARCH",
                                       "CAP_SYS_CHROOT",
                                       "CAP_SYS_MODULE",
                                       "CAP_SYS_PACCT",
                                       "CAP_SYS_PTRACE",
                                       "CAP_SYS_RAWIO",
                                       "CAP_SYS_TIME",
                                       "CAP_AUDIT_WRITE",
                                       "CAP_SYS_TTY_CONFIG",
                                       NULL};
static const struct seccomp_machine amd64 = {"amd64", "SCMP_ARCH_X86_64", no_caps, {6, 1}};

/* ---- what a filter answers */

#define ALLOWED 0
#define UNKNOWN (-2)

static bool matches(json_t *args, const uint64_t is[6])
{
    json_t *arg;
    size_t i;

    json_array_foreach(args, i, arg) {
        uint64_t v = is[json_integer_value(json_object_get(arg, "index"))];
        uint64_t value = (uint64_t)json_integer_value(json_object_get(arg, "value"));
        uint64_t two = (uint64_t)json_integer_value(json_object_get(arg, "valueTwo"));
        const char *op = json_string_value(json_object_get(arg, "op"));
        bool good = strcmp(op, "SCMP_CMP_EQ") == 0          ? v == value
                    : strcmp(op, "SCMP_CMP_NE") == 0        ? v != value
                    : strcmp(op, "SCMP_CMP_MASKED_EQ") == 0 ? (v & value) == two
                                                            : false;
        if (!good)
            return false;
    }
    return true;
}

static bool has_name(json_t *rule, const char *name)
{
    json_t *word;
    size_t i;

    json_array_foreach(json_object_get(rule, "names"), i, word) {
        if (strcmp(json_string_value(word), name) == 0)
            return true;
    }
    return false;
}

/* ALLOWED or an error number; rules that contradict make the test fail. */
static int answer(json_t *filter, const char *name, const uint64_t args[6])
{
    json_t *rule;
    size_t i;
    int found = UNKNOWN;

    json_array_foreach(json_object_get(filter, "syscalls"), i, rule) {
        if (!has_name(rule, name) || !matches(json_object_get(rule, "args"), args))
            continue;
        bool allow = strcmp(json_string_value(json_object_get(rule, "action")), "SCMP_ACT_ALLOW") == 0;
        int says = allow ? ALLOWED : (int)json_integer_value(json_object_get(rule, "errnoRet"));
        assert_true(found == UNKNOWN || found == says);
        found = says;
    }
    return found == UNKNOWN ? (int)json_integer_value(json_object_get(filter, "defaultErrnoRet")) : found;
}

static json_t *built_in(const struct seccomp_machine *m)
{
    cleanup_json json_t *profile = seccomp_profile();
    json_t *filter = NULL;
    struct err err = {""};

    assert_int_equal(seccomp_resolve(profile, m, &filter, &err), 0);
    return filter;
}

static void test_calls(void **state)
{
    static const struct {
        const char *name;
        int without, with; /* capabilities */
    } cases[] = {
        {"read", ALLOWED, ALLOWED},     {"clone3", ALLOWED, ALLOWED},
        {"bpf", EPERM, ALLOWED},        {"init_module", EPERM, ALLOWED},
        {"kexec_load", EPERM, EPERM},   {"open_by_handle_at", EPERM, ALLOWED},
        {"chroot", EPERM, ALLOWED},     {"io_uring_setup", ENOSYS, ENOSYS},
        {"new_call", ENOSYS, ENOSYS},   {"arch_prctl", ALLOWED, ALLOWED},
        {"cacheflush", ENOSYS, ENOSYS}, {"userfaultfd", EPERM, EPERM},
    };
    static const uint64_t args[6] = {0};
    struct seccomp_machine powerful = amd64;

    (void)state;
    powerful.bound = all_caps;
    cleanup_json json_t *without = built_in(&amd64), *with = built_in(&powerful);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (answer(without, cases[i].name, args) != cases[i].without ||
            answer(with, cases[i].name, args) != cases[i].with)
            fail_msg("%s", cases[i].name);
    }
    assert_int_equal(answer(without, "personality", (uint64_t[6]){0xffffffff}), ALLOWED);
    assert_int_equal(answer(without, "personality", (uint64_t[6]){1}), ENOSYS);
    const json_t *arches = json_object_get(without, "architectures");
    assert_int_equal(json_array_size(arches), 3);
}

/* The built-in policy is that of the file that engines use, for each machine; a difference is a newer policy.
 */
/* What containers have where nothing is said. */
static const char *usual_caps[BUNDLE_CAPS_MAX + 1];

static void test_as_the_engines(void **state)
{
    static const struct seccomp_machine machines[] = {
        {"amd64", "SCMP_ARCH_X86_64", NULL, {6, 1}},
        {"arm64", "SCMP_ARCH_AARCH64", NULL, {6, 1}},
        {"s390x", "SCMP_ARCH_S390X", NULL, {6, 1}},
    };
    const char *const *const caps[] = {no_caps, all_caps, usual_caps};

    (void)state;
    bundle_caps_names(bundle_caps_default(), usual_caps);
    if (access(seccomp_paths[1], R_OK) < 0)
        skip();
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        for (size_t c = 0; c < sizeof caps / sizeof *caps; c++) {
            struct seccomp_machine m = machines[i];
            struct err err = {""};
            cleanup_json json_t *of_file = NULL;
            m.bound = caps[c];
            assert_int_equal(seccomp_find(seccomp_paths + 1, &m, &of_file, &err), 0);
            cleanup_json json_t *own = built_in(&m);
            cleanup_free char *a = json_dumps(of_file, JSON_SORT_KEYS | JSON_INDENT(1));
            cleanup_free char *b = json_dumps(own, JSON_SORT_KEYS | JSON_INDENT(1));
            assert_string_equal(a, b);
        }
    }
}

#define PROFILE(rules) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" rules "]}"
#define RULE(more)     PROFILE("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"" more "}")

static void test_conditions(void **state)
{
    static const struct {
        const char *text;
        bool allowed;
    } cases[] = {
        {RULE(""), true},
        {RULE(",\"includes\":{\"caps\":[\"CAP_A\",\"CAP_B\"]}"), true},
        {RULE(",\"includes\":{\"caps\":[\"CAP_A\",\"CAP_X\"]}"), false},
        {RULE(",\"excludes\":{\"caps\":[\"CAP_X\",\"CAP_A\"]}"), false},
        {RULE(",\"excludes\":{\"caps\":[\"CAP_X\"]}"), true},
        {RULE(",\"includes\":{\"arches\":[\"arm\",\"amd64\"]}"), true},
        {RULE(",\"includes\":{\"arches\":[\"arm\"]}"), false},
        {RULE(",\"excludes\":{\"arches\":[\"arm\",\"amd64\"]}"), false},
        {RULE(",\"includes\":{\"minKernel\":\"4.8\"}"), true},
        {RULE(",\"includes\":{\"minKernel\":\"6.2\"}"), false},
        {RULE(",\"excludes\":{\"minKernel\":\"6.1\"}"), false},
        {RULE(",\"includes\":{\"minKernel\":\"?\"}"), false},
        {RULE(",\"includes\":null,\"excludes\":{\"caps\":null,\"arches\":[]}"), true},
        {RULE(",\"args\":null"), true},
        {PROFILE("{\"name\":\"read\",\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}"), true},
    };
    static const char *const caps[] = {"CAP_A", "CAP_B", NULL};
    struct seccomp_machine m = amd64;

    (void)state;
    m.bound = caps;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleanup_json json_t *profile = json_loads(cases[i].text, 0, NULL), *filter = NULL;
        struct err err = {""};
        assert_int_equal(seccomp_resolve(profile, &m, &filter, &err), 0);
        if (cases[i].allowed != (json_array_size(json_object_get(filter, "syscalls")) == 1))
            fail_msg("%s", cases[i].text);
    }
}

static void test_malformed(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}",
        "{\"defaultAction\":\"ALLOW\",\"syscalls\":[]}",
        "{\"defaultAction\":7,\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":-1,\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":\"1\",\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":1,\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOTHING\",\"syscalls\":[]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[],\"listenerPath\":\"/x\"}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[],\"architectures\":[\"x86\"]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[],\"architectures\":[7]}",
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[],\"architectures\":[\"SCMP_ARCH_X86\"],"
        "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\"}]}",
        PROFILE("7"),
        PROFILE("{}"),
        PROFILE("{\"names\":[\"read\"]}"),
        PROFILE("{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"names\":[\"\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"names\":[\"re ad\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"names\":[7],\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"names\":\"read\",\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"name\":7,\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"name\":\"a\",\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\"}"),
        PROFILE("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_TRACE\"}"),
        PROFILE("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1.5}"),
        PROFILE("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"NO\"}"),
        RULE(",\"args\":{}"),
        RULE(",\"args\":[7]"),
        RULE(",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]"),
        RULE(",\"args\":[{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}]"),
        RULE(",\"args\":[{\"index\":0,\"value\":\"1\",\"op\":\"SCMP_CMP_EQ\"}]"),
        RULE(",\"args\":[{\"index\":0,\"value\":1,\"op\":\"EQ\"}]"),
        RULE(",\"includes\":[]"),
        RULE(",\"includes\":{\"cap\":[\"CAP_X\"]}"),
        RULE(",\"includes\":{\"caps\":\"CAP_X\"}"),
        RULE(",\"excludes\":{\"caps\":[7]}"),
        RULE(",\"excludes\":{\"minKernel\":4}"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cleanup_json json_t *profile = json_loads(texts[i], 0, NULL), *filter = NULL;
        struct err err = {""};
        assert_non_null(profile);
        if (seccomp_resolve(profile, &amd64, &filter, &err) != -EINVAL || !*err.text)
            fail_msg("%s", texts[i]);
        assert_null(filter);
    }
}

/* A file that makes no sense is named; none at all is no mistake. */
static void test_files(void **state)
{
    char path[] = "/tmp/mica-seccomp.XXXXXX";
    const char *const paths[] = {"/no/such/file", path, NULL}, *const none[] = {"/no/such/file", NULL};
    json_t *filter = NULL;
    struct err err = {""};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"defaultAction\":", 17), 17);
    assert_true(seccomp_find(paths, &amd64, &filter, &err) < 0);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(seccomp_find(none, &amd64, &filter, &err), 0);
    json_decref(filter);
    filter = NULL;
    const char *const directory[] = {"/tmp", NULL};
    assert_true(seccomp_find(directory, &amd64, &filter, &err) < 0);
    assert_non_null(strstr(err.text, "/tmp"));
    close(fd);
    unlink(path);
}

/* These families are refused, whatever is above the lower half of its register, and others are as before. */
static void test_families(void **state)
{
    const char *const *const caps[] = {no_caps, all_caps};

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct seccomp_machine m = amd64;
        m.bound = caps[c];
        cleanup_json json_t *before = built_in(&m), *after = built_in(&m);
        assert_int_equal(seccomp_without_unheld(after), 0);
        for (uint64_t family = 0; family < 64; family++) {
            for (uint64_t protocol = 0; protocol < 12; protocol++) {
                const uint64_t args[6] = {family, 1, protocol},
                               high[6] = {family | UINT64_C(1) << 32, 1, protocol};
                int is = answer(after, "socket", args);
                bool unheld = family == 32 || family == 40 || family == 42;
                assert_int_equal(is, unheld ? EAFNOSUPPORT : answer(before, "socket", args));
                if (family != 16)
                    assert_int_equal(answer(after, "socket", high), is);
            }
        }
        assert_int_equal(answer(after, "socketpair", (uint64_t[6]){1}), ALLOWED);
    }
}

static size_t until_failure; /* 0: it has been */

static void *allocate_but_one(size_t size)
{
    return until_failure > 0 && --until_failure == 0 ? NULL : malloc(size);
}

/* The whole filter, or an error: without a condition a rule would allow more. */
static void test_without_memory(void **state)
{
    static const char *const none[] = {NULL};
    json_t *whole, *filter;

    (void)state;
    assert_int_equal(seccomp_find(none, &amd64, &whole, NULL), 0);
    assert_int_equal(seccomp_without_unheld(whole), 0);
    for (size_t n = 1;; n += 3) {
        struct err err = {""};

        until_failure = n;
        json_set_alloc_funcs(allocate_but_one, free);
        int r = seccomp_find(none, &amd64, &filter, &err);
        int s = r == 0 ? seccomp_without_unheld(filter) : 0;
        json_set_alloc_funcs(malloc, free);
        if (r == 0 && s == 0) {
            assert_true(json_equal(filter, whole));
            json_decref(filter);
            if (until_failure > 0)
                break;
            continue;
        }
        assert_int_equal(r < 0 ? r : s, -ENOMEM);
        if (r == 0)
            json_decref(filter);
    }
    json_decref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),          cmocka_unit_test(test_as_the_engines),
        cmocka_unit_test(test_conditions),     cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_files),          cmocka_unit_test(test_families),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
