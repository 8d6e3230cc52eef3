/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bundle/seccomp_profile.h"
#include "image/json_text.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define PROFILE_MAX (1u << 20)
#define NAMES_MAX   4096u
#define ARGS        6    /* arguments of a system call */
#define MAX_ERRNO   4095 /* the kernel's maximum */

const char *const seccomp_paths[] = {"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json",
                                     NULL};

void seccomp_here(const char *const *bound, struct seccomp_machine *ret)
{
    struct utsname u;

    *ret = (struct seccomp_machine){.bound = bound};
#if defined(__x86_64__)
    ret->arch = "amd64";
    ret->scmp = "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
    ret->arch = "arm64";
    ret->scmp = "SCMP_ARCH_AARCH64";
#elif defined(__i386__)
    ret->arch = "x86";
    ret->scmp = "SCMP_ARCH_X86";
#elif defined(__arm__)
    ret->arch = "arm";
    ret->scmp = "SCMP_ARCH_ARM";
#elif defined(__s390x__)
    ret->arch = "s390x";
    ret->scmp = "SCMP_ARCH_S390X";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    ret->arch = "ppc64le";
    ret->scmp = "SCMP_ARCH_PPC64LE";
#elif defined(__riscv) && __riscv_xlen == 64
    ret->arch = "riscv64";
    ret->scmp = "SCMP_ARCH_RISCV64";
#endif
    if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &ret->kernel[0], &ret->kernel[1]) != 2)
        ret->kernel[0] = ret->kernel[1] = 0;
}

/* ---- words */

/* Is `text` the prefix followed by upper-case letters, digits and "_"? */
static bool is_constant(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (!text || strncmp(text, prefix, len) != 0 || strlen(text) > 64)
        return false;
    for (const char *c = text + len; *c; c++)
        if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    return true;
}

static bool is_call(const char *text)
{
    return text && *text && strlen(text) <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(text);
}

static bool is_one_of(const char *const *words, const char *text)
{
    for (; text && words && *words; words++)
        if (strcmp(*words, text) == 0)
            return true;
    return false;
}

/* Known actions; SCMP_ACT_NOTIFY is not supported, since mica has no listener. */
static const char *const actions[] = {
    "SCMP_ACT_ALLOW",        "SCMP_ACT_ERRNO",       "SCMP_ACT_KILL", "SCMP_ACT_LOG",
    "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", NULL};
static const char *const operators[] = {"SCMP_CMP_NE",        "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
                                        "SCMP_CMP_MASKED_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", NULL};

/* Number of an error name ("EPERM" is 1) or of a decimal number; -1: unknown. */
static int error_number(const char *name)
{
    for (int e = 1; e <= MAX_ERRNO; e++) {
        char digits[16];
        const char *is = strerrorname_np(e);
        snprintf(digits, sizeof digits, "%d", e);
        if ((is && strcmp(is, name) == 0) || strcmp(digits, name) == 0)
            return e;
    }
    return -1;
}

/* Copy an error code, by name or by number, from `from` to `to`. */
static int copy_error(json_t *from, const char *name_key, const char *key, const char *to_key, json_t *to,
                      struct err *err)
{
    json_t *name = json_text_get(from, name_key), *value = json_text_get(from, key);
    json_int_t n = json_integer_value(value);

    if ((name && !json_is_string(name)) || (value && !json_is_integer(value)))
        return err_set(err, EINVAL, "\"%s\" or \"%s\" has no such value", name_key, key);
    if (name && *json_string_value(name) != '\0')
        n = error_number(json_string_value(name));
    else if (!value)
        return 0;
    if (n < 0 || n > MAX_ERRNO)
        return err_set(err, EINVAL, "\"%s\" or \"%s\" is no error number", name_key, key);
    return json_object_set_new(to, to_key, json_integer(n)) < 0 ? err_errno(err, ENOMEM, "filter") : 0;
}

/* ---- conditions */

/* Is one (all: each) of the list's words among `words`? A missing list gives `otherwise`. */
static bool holds(json_t *list, const char *const *words, bool all, bool otherwise)
{
    json_t *word;
    size_t i;

    if (json_array_size(list) == 0)
        return otherwise;
    json_array_foreach(list, i, word) {
        if (is_one_of(words, json_string_value(word)) != all)
            return !all;
    }
    return all;
}

static bool kernel_is(json_t *version, const unsigned is[2], bool otherwise)
{
    unsigned major, minor;

    if (!version)
        return otherwise;
    if (sscanf(json_string_value(version), "%u.%u", &major, &minor) != 2)
        return false;
    return is[0] > major || (is[0] == major && is[1] >= minor);
}

static int check_condition(json_t *condition, struct err *err)
{
    const char *key;
    json_t *value, *word;
    size_t i;

    if (condition && !json_is_object(condition))
        return err_set(err, EINVAL, "the condition of a rule is no object");
    json_object_foreach(condition, key, value) {
        bool list = strcmp(key, "caps") == 0 || strcmp(key, "arches") == 0;
        bool null = json_is_null(value);
        if (!list && strcmp(key, "minKernel") != 0)
            return err_set(err, EINVAL, "the condition \"%s\" of a rule is not known", key);
        if (!null && (list ? !json_is_array(value) : !json_is_string(value)))
            return err_set(err, EINVAL, "the condition \"%s\" of a rule has no such value", key);
        json_array_foreach(value, i, word) {
            if (!json_is_string(word))
                return err_set(err, EINVAL, "the condition \"%s\" of a rule is not of words", key);
        }
    }
    return 0;
}

/* Does the rule apply to this machine? 1, 0, or a negative errno. */
static int applies(json_t *rule, const struct seccomp_machine *m, struct err *err)
{
    json_t *includes = json_text_get(rule, "includes"), *excludes = json_text_get(rule, "excludes");
    const char *const arch[] = {m->arch, NULL};
    int r = check_condition(includes, err);

    if (r == 0)
        r = check_condition(excludes, err);
    if (r < 0)
        return r;
    return holds(json_text_get(includes, "caps"), m->bound, true, true) &&
           holds(json_text_get(includes, "arches"), arch, false, true) &&
           kernel_is(json_text_get(includes, "minKernel"), m->kernel, true) &&
           !holds(json_text_get(excludes, "caps"), m->bound, false, false) &&
           !holds(json_text_get(excludes, "arches"), arch, false, false) &&
           !kernel_is(json_text_get(excludes, "minKernel"), m->kernel, false);
}

/* ---- a rule */

static int copy_names(json_t *rule, json_t *to, struct err *err)
{
    json_t *one = json_text_get(rule, "name"), *names = json_text_get(rule, "names"), *name;
    size_t i;

    if (one && json_string_length(one) == 0)
        one = NULL;
    if (one && json_array_size(names) > 0)
        return err_set(err, EINVAL, "a rule has both \"name\" and \"names\"");
    cleanup_json json_t *list = one ? json_pack("[O]", one) : json_incref(names);
    if (json_array_size(list) == 0 || json_array_size(list) > NAMES_MAX)
        return err_set(err, EINVAL, "a rule has no names of system calls, or too many");
    json_array_foreach(list, i, name) {
        if (!is_call(json_string_value(name)))
            return err_set(err, EINVAL, "a rule names an invalid system call");
    }
    return json_object_set(to, "names", list) < 0 ? err_errno(err, ENOMEM, "filter") : 0;
}

static int copy_arg(json_t *arg, json_t *args, struct err *err)
{
    json_t *index = json_text_get(arg, "index"), *value = json_text_get(arg, "value"),
           *two = json_text_get(arg, "valueTwo");
    const char *op = json_string_value(json_text_get(arg, "op"));
    json_int_t which = json_integer_value(index);

    if (!is_one_of(operators, op) || (index && !json_is_integer(index)) || which < 0 || which >= ARGS)
        return err_set(err, EINVAL, "a rule compares an invalid argument, or has an invalid comparison");
    if ((value && (!json_is_integer(value) || json_integer_value(value) < 0)) ||
        (two && (!json_is_integer(two) || json_integer_value(two) < 0)))
        return err_set(err, EINVAL, "a rule compares an argument with an invalid number");
    json_t *copy = json_pack("{s:I, s:I, s:s}", "index", which, "value", json_integer_value(value), "op", op);
    int r = copy ? 0 : -ENOMEM;
    if (r == 0 && json_integer_value(two) != 0)
        r = json_text_put(copy, "valueTwo", json_integer(json_integer_value(two)));
    if (r == 0)
        r = json_text_append(args, json_incref(copy));
    json_decref(copy);
    return r == 0 ? 0 : err_errno(err, ENOMEM, "filter");
}

static int copy_args(json_t *rule, json_t *to, struct err *err)
{
    json_t *from = json_text_get(rule, "args"), *arg;
    cleanup_json json_t *args = json_array();
    size_t i;
    int r = 0;

    if (from && !json_is_array(from))
        return err_set(err, EINVAL, "the arguments of a rule are no list");
    if (json_array_size(from) == 0)
        return 0;
    json_array_foreach(from, i, arg) {
        if (r == 0)
            r = copy_arg(arg, args, err);
    }
    if (r == 0 && json_object_set(to, "args", args) < 0)
        r = err_errno(err, ENOMEM, "filter");
    return r;
}

/* Append a rule unless the list has an identical one. */
static int copy_rule(json_t *rule, json_t *rules, struct err *err)
{
    const char *action = json_string_value(json_text_get(rule, "action"));
    cleanup_json json_t *copy = json_object();
    json_t *is;
    size_t i;

    if (!is_one_of(actions, action))
        return err_set(err, EINVAL, "a rule has an unknown action");
    int r = copy_names(rule, copy, err);
    if (r == 0 && json_object_set_new(copy, "action", json_string(action)) < 0)
        r = err_errno(err, ENOMEM, "filter");
    if (r == 0 && strcmp(action, "SCMP_ACT_ERRNO") == 0)
        r = copy_error(rule, "errno", "errnoRet", "errnoRet", copy, err);
    if (r == 0)
        r = copy_args(rule, copy, err);
    json_array_foreach(rules, i, is) {
        if (r == 0 && json_equal(is, copy))
            return 0;
    }
    if (r == 0 && json_array_append(rules, copy) < 0)
        r = err_errno(err, ENOMEM, "filter");
    return r;
}

static int copy_rules(json_t *profile, const struct seccomp_machine *m, json_t *to, struct err *err)
{
    json_t *from = json_text_get(profile, "syscalls"), *rules = json_array(), *rule;
    size_t i;
    int r = 0;

    if (!rules || json_object_set_new(to, "syscalls", rules) < 0)
        return err_errno(err, ENOMEM, "filter");
    if (!json_is_array(from))
        return err_set(err, EINVAL, "\"syscalls\" is no list");
    json_array_foreach(from, i, rule) {
        if (!json_is_object(rule))
            return err_set(err, EINVAL, "a rule is no object");
        r = applies(rule, m, err);
        if (r > 0)
            r = copy_rule(rule, rules, err);
        if (r < 0)
            return err_prefix(err, r, "rule %zu of \"syscalls\"", i + 1);
    }
    return 0;
}

/* ---- a profile */

static int append_arch(json_t *list, json_t *word, struct err *err)
{
    if (!is_constant(json_string_value(word), "SCMP_ARCH_"))
        return err_set(err, EINVAL, "an architecture has no name");
    return json_array_append(list, word) < 0 ? err_errno(err, ENOMEM, "filter") : 0;
}

static int append_arches(json_t *list, json_t *words, struct err *err)
{
    json_t *word;
    size_t i;
    int r = 0;

    json_array_foreach(words, i, word) {
        if (r == 0)
            r = append_arch(list, word, err);
    }
    return r;
}

/* Copy the machine's architecture and its compatible ones. */
static int copy_arches(json_t *profile, const struct seccomp_machine *m, json_t *to, struct err *err)
{
    json_t *plain = json_text_get(profile, "architectures"), *map = json_text_get(profile, "archMap"), *entry;
    cleanup_json json_t *list = json_array();
    size_t i;

    if (json_array_size(plain) > 0 && json_array_size(map) > 0)
        return err_set(err, EINVAL, "it has both \"architectures\" and \"archMap\"");
    int r = append_arches(list, plain, err);
    json_array_foreach(map, i, entry) {
        json_t *arch = json_text_get(entry, "architecture");
        const char *name = json_string_value(arch);
        if (r < 0 || !name || !m->scmp || strcmp(name, m->scmp) != 0)
            continue;
        r = append_arch(list, arch, err);
        if (r == 0)
            r = append_arches(list, json_text_get(entry, "subArchitectures"), err);
    }
    if (r == 0 && json_array_size(list) > 0 && json_object_set(to, "architectures", list) < 0)
        r = err_errno(err, ENOMEM, "filter");
    return r;
}

int seccomp_resolve(json_t *profile, const struct seccomp_machine *m, json_t **ret, struct err *err)
{
    const char *action = json_string_value(json_text_get(profile, "defaultAction"));
    cleanup_json json_t *filter = json_object();

    if (!filter)
        return err_errno(err, ENOMEM, "filter");
    if (!is_one_of(actions, action))
        return err_set(err, EINVAL, "\"defaultAction\" is none that is known");
    if (json_text_get(profile, "listenerPath") || json_array_size(json_text_get(profile, "flags")) > 0)
        return err_set(err, EINVAL, "\"listenerPath\" and \"flags\" are not supported");
    int r = json_object_set_new(filter, "defaultAction", json_string(action)) < 0
                ? err_errno(err, ENOMEM, "filter")
                : 0;
    if (r == 0 && strcmp(action, "SCMP_ACT_ERRNO") == 0)
        r = copy_error(profile, "defaultErrno", "defaultErrnoRet", "defaultErrnoRet", filter, err);
    if (r == 0)
        r = copy_arches(profile, m, filter, err);
    if (r == 0)
        r = copy_rules(profile, m, filter, err);
    if (r == 0)
        *ret = steal_ptr(&filter);
    return r;
}

static int read_profile(int fd, json_t **ret, struct err *err)
{
    cleanup_free char *text = NULL;
    struct stat st;
    size_t len = 0;

    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "fstat");
    if (!S_ISREG(st.st_mode))
        return err_set(err, EINVAL, "it is no regular file");
    int r = fd_slurp(fd, PROFILE_MAX, &text, &len);
    return r < 0 ? err_errno(err, -r, "reading") : json_text_parse(text, len, ret, err);
}

int seccomp_find(const char *const *paths, const struct seccomp_machine *m, json_t **ret, struct err *err)
{
    for (; *paths; paths++) {
        cleanup_json json_t *profile = NULL;
        cleanup_fd int fd = open(*paths, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
            continue;
        int r = fd < 0 ? err_errno(err, errno, "open") : read_profile(fd, &profile, err);
        if (r == 0)
            r = seccomp_resolve(profile, m, ret, err);
        return r < 0 ? err_prefix(err, r, "filter of system calls %s", *paths) : 0;
    }
    cleanup_json json_t *own = seccomp_profile();
    return own ? seccomp_resolve(own, m, ret, err) : err_errno(err, ENOMEM, "filter");
}
