/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "act/daemon_spawn.h"
#include "act/fuse_conf.h"
#include "act/host_facts.h"
#include "act/id_ranges.h"
#include "act/program_path.h"
#include "act/store_facts.h"
#include "command/options.h"
#include "disk/store.h"
#include "image/platform.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"
#include "show/text.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const char *const runtime_names[] = {"crun", "runc"};
#define RUNTIMES (sizeof runtime_names / sizeof *runtime_names)

/* All facts to print. */
struct info {
    struct store_facts store;
    struct host_facts host;
    struct utsname kernel;
    struct platform platform;
    uint64_t subuids, subgids;
    char *micafs, *fusermount, *runtimes[RUNTIMES];
    bool fusermount_is_suid, allows_other;
};

static uint64_t sum_beyond_own(const struct bundle_ids *ids, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 1; i < n; i++)
        sum += ids[i].n;
    return sum;
}

static void find(const char *store, struct info *ret)
{
    struct id_ranges ids;
    struct stat st;

    store_facts_find(store, &ret->store);
    host_facts_find(&ret->host);
    uname(&ret->kernel);
    platform_host(&ret->platform);
    id_ranges_find(&ids);
    ret->subuids = sum_beyond_own(ids.uids, ids.n_uids);
    ret->subgids = sum_beyond_own(ids.gids, ids.n_gids);
    ret->micafs = daemon_find();
    ret->fusermount = program_find("fusermount3");
    ret->fusermount_is_suid =
        ret->fusermount && stat(ret->fusermount, &st) == 0 && st.st_mode & S_ISUID && st.st_uid == 0;
    ret->allows_other = fuse_conf_allows_other();
    for (size_t i = 0; i < RUNTIMES; i++)
        ret->runtimes[i] = program_find(runtime_names[i]);
}

static void info_free(struct info *i)
{
    store_facts_free(&i->store);
    free(i->micafs);
    free(i->fusermount);
    for (size_t k = 0; k < RUNTIMES; k++)
        free(i->runtimes[k]);
}

/* ---- text */

static void put(const char *key, const char *value)
{
    printf("%-18s ", key);
    text_put(stdout, value, strlen(value), 0);
    putchar('\n');
}

static void put_ability(const char *key, struct ability a)
{
    if (a.state == ABILITY_NO && a.error)
        printf("%-18s no (%s)\n", key, strerror(a.error));
    else
        put(key, a.state == ABILITY_YES ? "yes" : a.state == ABILITY_NO ? "no" : "unknown");
}

static void put_count(const char *key, bool known, size_t n)
{
    if (known)
        printf("%-18s %zu\n", key, n);
    else
        put(key, "unknown");
}

static void print_store(const struct store_facts *s)
{
    char have[SIZE_TEXT_MAX], all[SIZE_TEXT_MAX];

    put("store", s->path ? s->path : "none");
    if (s->error.text[0])
        put("store error", s->error.text);
    if (s->opened) {
        printf("%-18s %d\n", "store format", STORE_FORMAT);
        put("store writable", s->writable ? "yes" : "no");
        put_count("images", s->has_images, s->images);
        put_count("branches", s->has_branches, s->branches);
        put_count("mounts", s->has_mounts, s->mounts);
    }
    for (size_t i = 0; i < s->n_also; i++)
        put("also", s->also[i]);
    put("file system", s->filesystem ? s->filesystem : "unknown");
    if (s->has_space)
        printf("%-18s %s of %s\n", "free", size_format(s->free, have), size_format(s->capacity, all));
    put_ability("reflink", s->fs.reflink);
    put_ability("O_TMPFILE", s->fs.unnamed_files);
    put_ability("hard links", s->fs.hard_links);
    put_ability("whiteouts", s->fs.whiteouts);
    put_ability("user.* xattrs", s->fs.user_xattrs);
    put_ability("trusted.* xattrs", s->fs.trusted_xattrs);
}

static void print_host(const struct info *i)
{
    const struct fuse_facts *fuse = &i->host.fuse;
    char platform[100];

    printf("%-18s %s %s\n", "kernel", i->kernel.sysname, i->kernel.release);
    put("platform", platform_string(&i->platform, platform));
    printf("%-18s %u\n", "user", geteuid());
    put_ability("user namespaces", i->host.user_namespaces);
    printf("%-18s %llu uids, %llu gids\n", "subordinate ids", (unsigned long long)i->subuids,
           (unsigned long long)i->subgids);
    put_ability("/dev/fuse", i->host.fuse_device);
    put_ability("FUSE mounts", fuse->mounts);
    if (fuse->major)
        printf("%-18s %u.%u\n", "FUSE protocol", fuse->major, fuse->minor);
    else
        put("FUSE protocol", "unknown");
    put_ability("FUSE passthrough", fuse->passthrough);
    put_ability("FUSE io_uring", fuse->io_uring);
    printf("%-18s %s%s\n", "fusermount3", i->fusermount ? i->fusermount : "not in PATH",
           i->fusermount && !i->fusermount_is_suid ? " (not set-user-ID root)" : "");
    put("user_allow_other", i->allows_other ? "yes" : "no");
    for (size_t k = 0; k < RUNTIMES; k++)
        put(runtime_names[k], i->runtimes[k] ? i->runtimes[k] : "not in PATH");
}

static int print_text(const struct info *i)
{
    put("mica", MICA_VERSION);
    put("micafs", i->micafs ? i->micafs : "neither beside mica nor in PATH");
    print_store(&i->store);
    print_host(i);
    return cli_output_status(0);
}

/* ---- JSON */

static int set_ability(json_t *o, const char *key, struct ability a)
{
    json_t *v = a.state == ABILITY_UNKNOWN ? json_null() : json_boolean(a.state == ABILITY_YES);
    return json_object_set_new(o, key, v);
}

/* Prints the facts that are always known. */
static int set_able(json_t *o, const char *key, struct ability a)
{
    return json_object_set_new(o, key, json_boolean(a.state == ABILITY_YES));
}

static int set_known(json_t *o, const char *key, bool known, uint64_t n)
{
    return known ? json_set_number(o, key, n) : json_object_set_new(o, key, json_null());
}

static json_t *also_json(const struct store_facts *s)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < s->n_also; i++) {
        if (json_array_append_new(list, json_string(s->also[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int set_store(json_t *o, const struct store_facts *s)
{
    const char *error = s->error.text[0] ? s->error.text : NULL;

    return json_set_str(o, "store", s->path) < 0 || json_set_str(o, "store_error", error) < 0 ||
                   json_object_set_new(o, "also", also_json(s)) < 0 ||
                   set_known(o, "store_format", s->opened, STORE_FORMAT) < 0 ||
                   json_object_set_new(o, "store_writable", json_boolean(s->writable)) < 0 ||
                   set_known(o, "image_count", s->opened && s->has_images, s->images) < 0 ||
                   set_known(o, "branch_count", s->opened && s->has_branches, s->branches) < 0 ||
                   set_known(o, "mount_count", s->opened && s->has_mounts, s->mounts) < 0 ||
                   json_set_str(o, "filesystem", s->filesystem) < 0 ||
                   set_known(o, "free", s->has_space, s->free) < 0 ||
                   set_known(o, "capacity", s->has_space, s->capacity) < 0 ||
                   set_ability(o, "reflink", s->fs.reflink) < 0 ||
                   set_ability(o, "tmpfile", s->fs.unnamed_files) < 0 ||
                   set_ability(o, "hard_links", s->fs.hard_links) < 0 ||
                   set_ability(o, "whiteouts", s->fs.whiteouts) < 0 ||
                   set_ability(o, "user_xattrs", s->fs.user_xattrs) < 0 ||
                   set_ability(o, "trusted_xattrs", s->fs.trusted_xattrs) < 0
               ? -ENOMEM
               : 0;
}

static json_t *runtimes_json(const struct info *i)
{
    json_t *list = json_array();

    for (size_t k = 0; list && k < RUNTIMES; k++) {
        if (i->runtimes[k] && json_array_append_new(list, json_string(i->runtimes[k])) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int set_host(json_t *o, const struct info *i)
{
    const struct fuse_facts *fuse = &i->host.fuse;
    char platform[100], protocol[32];

    snprintf(protocol, sizeof protocol, "%u.%u", fuse->major, fuse->minor);
    return json_set_str(o, "kernel", i->kernel.release) < 0 ||
                   json_set_str(o, "platform", platform_string(&i->platform, platform)) < 0 ||
                   json_set_number(o, "euid", geteuid()) < 0 ||
                   set_able(o, "user_namespaces", i->host.user_namespaces) < 0 ||
                   json_set_number(o, "subuids", i->subuids) < 0 ||
                   json_set_number(o, "subgids", i->subgids) < 0 ||
                   set_able(o, "fuse_device", i->host.fuse_device) < 0 ||
                   set_ability(o, "fuse_mounts", fuse->mounts) < 0 ||
                   json_set_str(o, "fuse_protocol", fuse->major ? protocol : NULL) < 0 ||
                   set_ability(o, "fuse_passthrough", fuse->passthrough) < 0 ||
                   set_ability(o, "fuse_io_uring", fuse->io_uring) < 0 ||
                   json_set_str(o, "fusermount", i->fusermount) < 0 ||
                   json_object_set_new(o, "fusermount_suid", json_boolean(i->fusermount_is_suid)) < 0 ||
                   json_object_set_new(o, "user_allow_other", json_boolean(i->allows_other)) < 0 ||
                   json_object_set_new(o, "runtimes", runtimes_json(i)) < 0
               ? -ENOMEM
               : 0;
}

static int print_json(const struct info *i)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "version", MICA_VERSION) < 0 || json_set_str(o, "micafs", i->micafs) < 0 ||
        set_store(o, &i->store) < 0 || set_host(o, i) < 0) {
        json_decref(o);
        return cli_output_status(-ENOMEM);
    }
    return cli_output_status(json_print(stdout, o));
}

/* ---- the verb */

static int run(struct cli *cli, int argc, char **argv)
{
    struct info info = {.micafs = NULL};
    struct options o;
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 0, 0, "") < 0)
        return o.status;
    find(cli->store, &info);
    int status = json ? print_json(&info) : print_text(&info);
    info_free(&info);
    return status;
}

const struct verb verb_info = {
    .name = "info",
    .summary = "show the store, and the abilities of this machine",
    .synopsis = "[--json]",
    .about =
        "Prints the versions, the store and its free space, and the abilities of its file system, the kernel and this\n"
        "machine's programs for this user. They are tested, and nothing is left behind. Works without a store, too.\n"
        "Please add the output to a bug report.\n",
    .options = options,
    .examples = "mica info\nmica info --json | jq .fuse_passthrough\n",
    .run = run,
};
