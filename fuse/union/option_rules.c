/* SPDX-License-Identifier: Apache-2.0 */
#include "union/option_rules.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/buf.h"

#define TIMEOUT_MAX 1e9

struct rule {
    const char *name;
    int (*take)(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                struct err *err);
    size_t field_offset; /* offset in struct mount_options, for a `take` that sets a field */
    int flag;            /* value to set */
    const char *words;   /* take_refused: the reason; take_as_it_is: the permitted values */
};

static int take_string(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    char **field = (char **)((char *)o + rule->field_offset);
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

static int take_lowers(struct mount_options *o, const struct rule *rule, const struct option_word *w,
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

/* Copy the value as a NUL-terminated string, or return false if it is too long for a number. */
static bool short_value(const struct option_word *w, char buf[32])
{
    if (!w->value || w->value_len == 0 || w->value_len >= 32)
        return false;
    memcpy(buf, w->value, w->value_len);
    buf[w->value_len] = '\0';
    return true;
}

static int take_timeout(struct mount_options *o, const struct rule *rule, const struct option_word *w,
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

static int take_threads(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                        struct err *err)
{
    char buf[32], *end = buf;
    long n = short_value(w, buf) ? strtol(buf, &end, 10) : 0;

    if (end == buf || *end || n < -1)
        return err_set(err, EINVAL, "option %.*s: %s is a number of threads", (int)w->len, w->text,
                       rule->name);
    /* -1 means "unlimited" to the FUSE library */
    o->max_idle_threads = n < 0 || n > MOUNT_OPTIONS_MAX_THREADS ? MOUNT_OPTIONS_MAX_THREADS : (unsigned)n;
    return 0;
}

/* The kernel reads no less than a page at once. */
static int take_max_read(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                         struct err *err)
{
    char buf[32], *end = buf;
    unsigned long n = short_value(w, buf) && *buf >= '0' && *buf <= '9' ? strtoul(buf, &end, 10) : 0;

    if (end == buf || *end || n > UINT32_MAX)
        return err_set(err, EINVAL, "option %.*s: %s is a number of bytes", (int)w->len, w->text, rule->name);
    o->max_read = (unsigned)n;
    return 0;
}

static int take_layer(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                      struct err *err)
{
    char buf[32], *end = buf;
    unsigned long n = short_value(w, buf) && *buf >= '0' && *buf <= '9' ? strtoul(buf, &end, 10) : 0;

    if (end == buf || *end || n < 1 || n > UINT32_MAX)
        return err_set(err, EINVAL, "option %.*s: %s is the number of a layer: the bottom one is 1",
                       (int)w->len, w->text, rule->name);
    *(unsigned *)((char *)o + rule->field_offset) = (unsigned)n;
    return 0;
}

static int take_flag(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                     struct err *err)
{
    if (w->value)
        return err_set(err, EINVAL, "option %s takes no value", rule->name);
    *(bool *)((char *)o + rule->field_offset) = rule->flag;
    return 0;
}

/* NAME, NAME=1, NAME=0 */
static int take_switch(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    char buf[32] = "1";

    if (w->value && (!short_value(w, buf) || (strcmp(buf, "0") != 0 && strcmp(buf, "1") != 0)))
        return err_set(err, EINVAL, "option %.*s: %s is 0 or 1", (int)w->len, w->text, rule->name);
    *(bool *)((char *)o + rule->field_offset) = buf[0] == '1';
    return 0;
}

static int take_choice(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    if (w->value)
        return err_set(err, EINVAL, "option %s takes no value", rule->name);
    *(enum choice *)((char *)o + rule->field_offset) = (enum choice)rule->flag;
    return 0;
}

static int take_passed(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    int r = text_list_add(&o->passed, w->text, w->len);

    return r < 0 ? err_errno(err, -r, "option %s", rule->name) : 0;
}

/* Is the word in `known`, a list separated by blanks? */
static bool is_one_of(const char *known, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = known; *at; at += strcspn(at, " "), at += *at == ' ') {
        if (strcspn(at, " ") == len && memcmp(at, word, len) == 0)
            return true;
    }
    return false;
}

/* NAME=on or NAME=off, into an enum choice. */
static int take_on_off(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    char buf[32];

    if (!short_value(w, buf) || !is_one_of("on off", buf))
        return err_set(err, EINVAL, "option %.*s: %s is on or off", (int)w->len, w->text, rule->name);
    *(enum choice *)((char *)o + rule->field_offset) = strcmp(buf, "on") == 0 ? CHOICE_YES : CHOICE_NO;
    return 0;
}

static int take_redirect_dir(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                             struct err *err)
{
    char buf[32];

    if (!short_value(w, buf) || !is_one_of("on off follow nofollow", buf))
        return err_set(err, EINVAL, "option %.*s: %s is on, off, follow or nofollow", (int)w->len, w->text,
                       rule->name);
    o->no_redirects = strcmp(buf, "nofollow") == 0;
    o->redirect_dir = strcmp(buf, "on") == 0 ? CHOICE_YES : CHOICE_NO;
    return 0;
}

/* fsync=1, and fuse-overlayfs's fsync=0 */
static int take_fsync(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                      struct err *err)
{
    int r = take_switch(o, rule, w, err);

    o->no_sync = r == 0 ? !o->no_sync : o->no_sync;
    return r;
}

static int take_passthrough(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                            struct err *err)
{
    char buf[32];

    if (!short_value(w, buf) || !is_one_of("on off", buf))
        return err_set(err, EINVAL, "option %.*s: %s is on or off", (int)w->len, w->text, rule->name);
    o->passthrough = strcmp(buf, "on") == 0;
    return 0;
}

/* The words are in the order of enum wakeup. */
static int take_wakeup(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    static const char *const words[] = {"auto", "look", "follow"};
    char buf[32];

    for (size_t i = 0; short_value(w, buf) && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(buf, words[i]) == 0) {
            o->wakeup = (enum wakeup)i;
            return 0;
        }
    }
    return err_set(err, EINVAL, "option %.*s: %s is auto, look or follow", (int)w->len, w->text, rule->name);
}

static int take_mapping(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                        struct err *err)
{
    struct id_map *map = (struct id_map *)((char *)o + rule->field_offset);

    return id_map_parse(map, rule->name, w->value ? w->value : "", w->value_len, err);
}

static int take_squash(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                       struct err *err)
{
    struct id_map *map = (struct id_map *)((char *)o + rule->field_offset);
    char buf[32], *end = buf;
    unsigned long id = short_value(w, buf) && *buf >= '0' && *buf <= '9' ? strtoul(buf, &end, 10) : 0;

    if (end == buf || *end || id >= UINT32_MAX)
        return err_set(err, EINVAL, "option %.*s: %s is the number of a user or group", (int)w->len, w->text,
                       rule->name);
    map->squashed = true;
    map->squashed_to = (uint32_t)id;
    return 0;
}

/* fuse-overlayfs's value 1 selects another attribute, which nobody else reads. */
static int take_xattr_permissions(struct mount_options *o, const struct rule *rule,
                                  const struct option_word *w, struct err *err)
{
    char buf[32];

    if (!short_value(w, buf) || !is_one_of("0 1 2", buf))
        return err_set(err, EINVAL, "option %.*s: %s is 0 or 2", (int)w->len, w->text, rule->name);
    if (*buf == '1')
        return err_set(err, EINVAL,
                       "option xattr_permissions=1: owners are not kept in security.fuseoverlayfs."
                       "override_stat; with xattr_permissions=2 they are in user.containers.override_stat");
    o->keep_owners = *buf == '2';
    return 0;
}

static int take_branch_make(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                            struct err *err)
{
    static const char *const words[] = {[BRANCH_MAKE_NEVER] = "never",
                                        [BRANCH_MAKE_MISSING] = "missing",
                                        [BRANCH_MAKE_NEW] = "new",
                                        [BRANCH_MAKE_TEMPORARY] = "temporary"};
    char buf[32];

    for (size_t i = 0; short_value(w, buf) && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(buf, words[i]) == 0) {
            o->branch_make = (enum branch_make)i;
            return 0;
        }
    }
    return err_set(err, EINVAL, "option %.*s: %s is never, missing, new or temporary", (int)w->len, w->text,
                   rule->name);
}

/* Accept values that ask for the fixed behaviour; refuse others. */
static int take_as_it_is(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                         struct err *err)
{
    char buf[32];

    (void)o;
    if (!short_value(w, buf) || !is_one_of(rule->words, buf))
        return err_set(err, EINVAL, "option %.*s: %s is one of: %s", (int)w->len, w->text, rule->name,
                       rule->words);
    return 0;
}

/* Escape the commas of a security context, which only quotes protect, for the library. */
static int take_context(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                        struct err *err)
{
    cleanup_buf struct buf text = BUF_INIT;
    int r = 0;

    if (!w->value || w->value_len == 0)
        return err_set(err, EINVAL, "option %s needs a value: %s=...", rule->name, rule->name);
    for (size_t i = 0; r == 0 && i < w->len; i++) {
        bool escaped = w->text[i] == '\\' && i + 1 < w->len;

        r = w->text[i] == ',' ? buf_append(&text, "\\,", 2) : buf_append(&text, w->text + i, 1 + escaped);
        i += escaped;
    }
    if (r == 0)
        r = text_list_add(&o->passed, text.data, text.len);
    return r < 0 ? err_errno(err, -r, "option %s", rule->name) : 0;
}

static int take_owner(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                      struct err *err)
{
    (void)rule, (void)w, (void)err;
    o->owner_said = true;
    return 0;
}

/* Ignore the option. */
static int take_quietly(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                        struct err *err)
{
    (void)o, (void)rule, (void)w, (void)err;
    return 0;
}

static int take_refused(struct mount_options *o, const struct rule *rule, const struct option_word *w,
                        struct err *err)
{
    (void)o, (void)w;
    return err_set(err, EINVAL, "option %s: %s", rule->name, rule->words);
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
#define AS_IT_IS(name, words)                                                                                \
    {                                                                                                        \
        name, take_as_it_is, 0, 0, words                                                                     \
    }
#define REFUSED(name, why)                                                                                   \
    {                                                                                                        \
        name, take_refused, 0, 0, why                                                                        \
    }

static const struct rule rules[] = {
    {"lowerdir", take_lowers, 0, 0, NULL},
    STRING("image", image),
    STRING("store", store),
    STRING("upperdir", upperdir),
    STRING("workdir", workdir),
    FLAG("views", views),
    {"layer", take_layer, FIELD(layer), 0, NULL},
    {"upto", take_layer, FIELD(upto), 0, NULL},
    STRING("fsname", fsname),
    STRING("subtype", subtype),
    {"timeout", take_timeout, 0, 0, NULL},
    {"passthrough", take_passthrough, FIELD(passthrough), 0, NULL},
    {"wakeup", take_wakeup, 0, 0, NULL},
    {"threaded", take_switch, FIELD(threaded), 0, NULL},
    {"max_idle_threads", take_threads, 0, 0, NULL},
    FLAG("allow_other", allow_other),
    REFUSED(
        "allow_root",
        "the kernel admits either the mounting user or all users; use allow_other, which checks permissions"),
    FLAG("default_permissions", default_permissions),
    FLAG("noacl", noacl),
    FLAG("debug", debug),
    CHOICE("suid", suid, CHOICE_YES),
    CHOICE("nosuid", suid, CHOICE_NO),
    CHOICE("dev", dev, CHOICE_YES),
    CHOICE("nodev", dev, CHOICE_NO),
    FLAG("allow_suid", allow_suid),
    FLAG("allow_dev", allow_dev),
    FLAG("remount", remount),
    {"max_read", take_max_read, 0, 0, NULL},
    /* for the FUSE library and mount(2) */
    PASSED("exec"),
    PASSED("noexec"),
    PASSED("sync"),
    PASSED("async"),
    PASSED("dirsync"),
    PASSED("noatime"),
    PASSED("auto_unmount"),
    {"context", take_context, 0, 0, NULL},
    {"fscontext", take_context, 0, 0, NULL},
    {"defcontext", take_context, 0, 0, NULL},
    {"rootcontext", take_context, 0, 0, NULL},
    /* form of writing, in kernel overlayfs and fuse-overlayfs */
    STRING("branch", branch),
    {"branch_make", take_branch_make, 0, 0, NULL},
    {"redirect_dir", take_redirect_dir, 0, 0, NULL},
    {"metacopy", take_on_off, FIELD(metacopy), 0, NULL},
    {"nfs_export", take_on_off, FIELD(nfs_export), 0, NULL},
    {"fsync", take_fsync, FIELD(no_sync), 0, NULL},
    FLAG("volatile", is_volatile),
    FLAG("userxattr", userxattr),
    FLAG("insecure_dirs", insecure_dirs),
    FLAG("ro", read_only),
    /* ownership */
    {"uidmapping", take_mapping, FIELD(uids), 0, NULL},
    {"gidmapping", take_mapping, FIELD(gids), 0, NULL},
    {"squash_to_uid", take_squash, FIELD(uids), 0, NULL},
    {"squash_to_gid", take_squash, FIELD(gids), 0, NULL},
    FLAG("squash_to_root", squash_to_root),
    {"xattr_permissions", take_xattr_permissions, 0, 0, NULL},
    FLAG("static_nlink", static_nlink),
    {"rw", take_flag, FIELD(read_only), 0, NULL},
    /* inode and link counts are right with any value */
    AS_IT_IS("index", "on off"),
    AS_IT_IS("xino", "on off auto"),
    QUIET("fast_ino"),
    /* of mount(8), fstab(5) and the engines, or about access times, which FUSE does not keep */
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
    QUIET("silent"),
    QUIET("loud"),
    QUIET("nomand"),
    QUIET("noiversion"),
    /* shown by findmnt(8) for a FUSE mount, and passed by mount(8) on remount */
    {"user_id", take_owner, 0, 0, NULL},
    {"group_id", take_owner, 0, 0, NULL},
    REFUSED("mand", "FUSE has no mandatory locks"),
    REFUSED("iversion", "FUSE counts no versions of files"),
    REFUSED("nosymfollow",
            "the FUSE library cannot ask for it; once it is mounted: mount -o remount,bind,nosymfollow"),
    REFUSED("bind", "this is mount(8)'s, without a type"),
    REFUSED("rbind", "this is mount(8)'s, without a type"),
    REFUSED("move", "this is mount(8)'s, without a type"),
    REFUSED("loop", "micafs mounts no file systems of block devices"),
    REFUSED("blkdev", "micafs mounts no file systems of block devices"),
    REFUSED("blksize", "micafs mounts no file systems of block devices"),
    REFUSED("fd", "the mount point /dev/fd/N is mounted already"),
    REFUSED("rootmode", "the root of a mount is always a directory"),
};

static const struct rule *find_rule(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strlen(rules[i].name) == len && memcmp(rules[i].name, name, len) == 0)
            return &rules[i];
    }
    return NULL;
}

int option_take(struct mount_options *o, const struct option_word *w, struct err *err)
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
