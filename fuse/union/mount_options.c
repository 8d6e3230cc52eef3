/* SPDX-License-Identifier: Apache-2.0 */
#include "union/mount_options.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX 1e9

/* A word as it came: NAME or NAME=VALUE, escapes still in it. */
struct word {
    const char *text;
    size_t len;
    const char *value; /* behind the first '=', or NULL */
    size_t value_len;
};

struct rule {
    const char *name;
    int (*take)(struct mount_options *o, const struct rule *rule, const struct word *w, struct err *err);
    size_t field;        /* offset in struct mount_options, where `take` sets one */
    int flag;            /* what it is set to */
    const char *refusal; /* for take_refused */
};

static int take_string(struct mount_options *o, const struct rule *rule, const struct word *w,
                       struct err *err)
{
    char **field = (char **)((char *)o + rule->field);
    char *text;

    if (!w->value || w->value_len == 0)
        return err_set(err, EINVAL, "option %s needs a value: %s=...", rule->name, rule->name);
    text = option_unescape(w->value, w->value_len);
    if (!text)
        return err_errno(err, ENOMEM, "option %s", rule->name);
    free(*field);
    *field = text;
    return 0;
}

static int add_lower(struct mount_options *o, const char *text, size_t len, struct err *err)
{
    char *path;
    int r;

    if (len == 0)
        return err_set(err, EINVAL, "lowerdir has an empty path: write A:B:C, and \\: for a colon in a path");
    if (o->lowers.n == MOUNT_OPTIONS_MAX_LOWERS)
        return err_set(err, EINVAL, "lowerdir has more than %d layers", MOUNT_OPTIONS_MAX_LOWERS);
    path = option_unescape(text, len);
    r = path ? text_list_add(&o->lowers, path, strlen(path)) : -ENOMEM;
    free(path);
    return r < 0 ? err_errno(err, -r, "option lowerdir") : 0;
}

static int take_lowers(struct mount_options *o, const struct rule *rule, const struct word *w,
                       struct err *err)
{
    const char *at = w->value, *end;

    if (!at || w->value_len == 0)
        return err_set(err, EINVAL, "option %s needs a value: %s=A:B:C, topmost first", rule->name,
                       rule->name);
    end = at + w->value_len;
    text_list_clear(&o->lowers);
    for (;;) {
        size_t n = option_piece(at, ':');
        int r;

        if (n > (size_t)(end - at))
            n = (size_t)(end - at);
        r = add_lower(o, at, n, err);
        if (r < 0)
            return r;
        at += n;
        if (at == end)
            return 0;
        at++;
    }
}

/* The value as a NUL-terminated short text, or false when it is too long to be a number. */
static bool short_value(const struct word *w, char buf[32])
{
    if (!w->value || w->value_len == 0 || w->value_len >= 32)
        return false;
    memcpy(buf, w->value, w->value_len);
    buf[w->value_len] = '\0';
    return true;
}

static int take_timeout(struct mount_options *o, const struct rule *rule, const struct word *w,
                        struct err *err)
{
    char buf[32], *end = buf;
    double seconds = short_value(w, buf) ? strtod(buf, &end) : 0;

    if (end == buf || *end || !isfinite(seconds) || seconds < 0)
        return err_set(err, EINVAL, "option %.*s: %s is a number of seconds", (int)w->len, w->text,
                       rule->name);
    o->timeout = seconds < TIMEOUT_MAX ? seconds : TIMEOUT_MAX;
    o->has_timeout = true;
    return 0;
}

static int take_threads(struct mount_options *o, const struct rule *rule, const struct word *w,
                        struct err *err)
{
    char buf[32], *end = buf;
    long n = short_value(w, buf) ? strtol(buf, &end, 10) : 0;

    if (end == buf || *end || n < -1)
        return err_set(err, EINVAL, "option %.*s: %s is a number of threads", (int)w->len, w->text,
                       rule->name);
    /* -1 is how the FUSE library says "as many as you like" */
    o->max_idle_threads = n < 0 || n > MOUNT_OPTIONS_MAX_THREADS ? MOUNT_OPTIONS_MAX_THREADS : (unsigned)n;
    return 0;
}

static int take_flag(struct mount_options *o, const struct rule *rule, const struct word *w, struct err *err)
{
    if (w->value)
        return err_set(err, EINVAL, "option %s takes no value", rule->name);
    *(bool *)((char *)o + rule->field) = rule->flag;
    return 0;
}

/* NAME, NAME=1, NAME=0 */
static int take_switch(struct mount_options *o, const struct rule *rule, const struct word *w,
                       struct err *err)
{
    char buf[32] = "1";

    if (w->value && (!short_value(w, buf) || (strcmp(buf, "0") != 0 && strcmp(buf, "1") != 0)))
        return err_set(err, EINVAL, "option %.*s: %s is 0 or 1", (int)w->len, w->text, rule->name);
    *(bool *)((char *)o + rule->field) = buf[0] == '1';
    return 0;
}

static int take_choice(struct mount_options *o, const struct rule *rule, const struct word *w,
                       struct err *err)
{
    if (w->value)
        return err_set(err, EINVAL, "option %s takes no value", rule->name);
    *(enum choice *)((char *)o + rule->field) = (enum choice)rule->flag;
    return 0;
}

static int take_passed(struct mount_options *o, const struct rule *rule, const struct word *w,
                       struct err *err)
{
    int r = text_list_add(&o->passed, w->text, w->len);

    return r < 0 ? err_errno(err, -r, "option %s", rule->name) : 0;
}

/* Means nothing where nothing is written. */
static int take_quietly(struct mount_options *o, const struct rule *rule, const struct word *w,
                        struct err *err)
{
    (void)o, (void)rule, (void)w, (void)err;
    return 0;
}

static int take_refused(struct mount_options *o, const struct rule *rule, const struct word *w,
                        struct err *err)
{
    (void)o, (void)w;
    return err_set(err, EINVAL, "option %s: %s", rule->name, rule->refusal);
}

#define FIELD(f) offsetof(struct mount_options, f)

#define STRING(name, f)                                                                                      \
    {                                                                                                        \
        name, take_string, FIELD(f), 0, NULL                                                                 \
    }
#define FLAG(name, f)                                                                                        \
    {                                                                                                        \
        name, take_flag, FIELD(f), 1, NULL                                                                   \
    }
#define CHOICE(name, f, to)                                                                                  \
    {                                                                                                        \
        name, take_choice, FIELD(f), to, NULL                                                                \
    }
#define PASSED(name)                                                                                         \
    {                                                                                                        \
        name, take_passed, 0, 0, NULL                                                                        \
    }
#define QUIET(name)                                                                                          \
    {                                                                                                        \
        name, take_quietly, 0, 0, NULL                                                                       \
    }
#define REFUSED(name, why)                                                                                   \
    {                                                                                                        \
        name, take_refused, 0, 0, why                                                                        \
    }

#define NO_MAPPING "owners cannot be mapped yet: mount without it"

static const struct rule rules[] = {
    {"lowerdir", take_lowers, 0, 0, NULL},
    STRING("image", image),
    STRING("store", store),
    STRING("upperdir", upperdir),
    STRING("workdir", workdir),
    STRING("fsname", fsname),
    STRING("subtype", subtype),
    {"timeout", take_timeout, 0, 0, NULL},
    {"threaded", take_switch, FIELD(threaded), 0, NULL},
    {"max_idle_threads", take_threads, 0, 0, NULL},
    FLAG("allow_other", allow_other),
    FLAG("allow_root", allow_root),
    FLAG("default_permissions", default_permissions),
    FLAG("noacl", noacl),
    FLAG("debug", debug),
    CHOICE("suid", suid, CHOICE_YES),
    CHOICE("nosuid", suid, CHOICE_NO),
    CHOICE("dev", dev, CHOICE_YES),
    CHOICE("nodev", dev, CHOICE_NO),
    /* for the FUSE library and mount(2) */
    PASSED("exec"),
    PASSED("noexec"),
    PASSED("sync"),
    PASSED("async"),
    PASSED("dirsync"),
    PASSED("noatime"),
    PASSED("max_read"),
    PASSED("auto_unmount"),
    /* how to write, in kernel overlayfs and fuse-overlayfs */
    QUIET("volatile"),
    QUIET("fsync"),
    QUIET("redirect_dir"),
    QUIET("metacopy"),
    QUIET("index"),
    QUIET("nfs_export"),
    QUIET("xino"),
    QUIET("userxattr"),
    QUIET("static_nlink"),
    QUIET("fast_ino"),
    /* of mount(8), fstab(5) and the engines, or about times of access, which a read-only mount does not keep
     */
    QUIET("ro"),
    QUIET("rw"),
    QUIET("atime"),
    QUIET("diratime"),
    QUIET("nodiratime"),
    QUIET("relatime"),
    QUIET("norelatime"),
    QUIET("strictatime"),
    QUIET("nostrictatime"),
    QUIET("lazytime"),
    QUIET("nolazytime"),
    QUIET("defaults"),
    QUIET("auto"),
    QUIET("noauto"),
    QUIET("user"),
    QUIET("nouser"),
    QUIET("users"),
    QUIET("owner"),
    QUIET("group"),
    QUIET("nofail"),
    QUIET("_netdev"),
    QUIET("comment"),
    QUIET("private"),
    QUIET("rprivate"),
    QUIET("slave"),
    QUIET("rslave"),
    QUIET("shared"),
    QUIET("rshared"),
    REFUSED("remount", "a mount cannot be changed: unmount it and mount it again"),
    REFUSED("uidmapping", NO_MAPPING),
    REFUSED("gidmapping", NO_MAPPING),
    REFUSED("squash_to_root", NO_MAPPING),
    REFUSED("squash_to_uid", NO_MAPPING),
    REFUSED("squash_to_gid", NO_MAPPING),
    REFUSED("xattr_permissions", "owners and modes kept in extended attributes are not read yet"),
};

static const struct rule *find_rule(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strlen(rules[i].name) == len && memcmp(rules[i].name, name, len) == 0)
            return &rules[i];
    }
    return NULL;
}

static int take_word(struct mount_options *o, const struct word *w, struct err *err)
{
    const struct rule *rule = find_rule(w->text, w->value ? (size_t)(w->value - 1 - w->text) : w->len);
    int r;

    if (rule)
        return rule->take(o, rule, w, err);
    if (w->len >= 2 && memcmp(w->text, "x-", 2) == 0) /* comments for other programs, mount(8) */
        return 0;
    r = text_list_add(&o->unknown, w->text, w->len);
    return r < 0 ? err_errno(err, -r, "options") : 0;
}

int mount_options_parse(struct mount_options *o, const char *text, struct err *err)
{
    while (*text) {
        struct word w = {.text = text, .len = option_piece(text, ',')};
        const char *equals = memchr(text, '=', w.len);
        int r;

        if (equals) {
            w.value = equals + 1;
            w.value_len = w.len - (size_t)(w.value - text);
        }
        r = w.len > 0 ? take_word(o, &w, err) : 0;
        if (r < 0)
            return r;
        text += w.len;
        text += *text == ',';
    }
    return 0;
}

int mount_options_check(const struct mount_options *o, struct err *err)
{
    if (o->upperdir || o->workdir)
        return err_set(err, EINVAL, "writable mounts are not there yet: mount read-only without upperdir");
    if (o->image && o->lowers.n > 0)
        return err_set(err, EINVAL, "image= and lowerdir= exclude each other: what is to be mounted?");
    if (!o->image && o->lowers.n == 0)
        return err_set(err, EINVAL, "nothing to mount: name an image, or directories with -o lowerdir=A:B:C");
    if (o->allow_other && o->allow_root)
        return err_set(err, EINVAL, "allow_other and allow_root exclude each other");
    return 0;
}

void mount_options_clear(struct mount_options *o)
{
    text_list_clear(&o->lowers);
    text_list_clear(&o->passed);
    text_list_clear(&o->unknown);
    free(o->image);
    free(o->store);
    free(o->upperdir);
    free(o->workdir);
    free(o->fsname);
    free(o->subtype);
    *o = (struct mount_options){0};
}
