/* SPDX-License-Identifier: Apache-2.0 */
#include "container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container_limits.h"
#include "container/container_mounts.h"
#include "container/static_shell.h"
#include "os/array.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "show/text.h"

#define PIDS_LIMIT_MAX (1 << 22) /* the kernel's maximum */
#define ENV_FILE_MAX   (4u << 20)

void container_options_free(struct container_options *c)
{
    for (size_t i = 0; i < c->wish.n_volumes; i++)
        volume_clear(&c->wish.volumes[i]);
    free(c->wish.volumes);
    for (size_t i = 0; i < c->n_env; i++)
        free(c->wish.env[i]);
    free(c->wish.env);
    for (size_t i = 0; i < c->n_hosts; i++)
        free(c->wish.hosts[i]);
    free(c->wish.hosts);
    free(c->wish.rlimits);
    *c = (struct container_options){0};
}

/* ---- lists */

/* Insert `text` (fresh memory, taken over) at `place` in a list of *n entries that ends with NULL. */
static int insert(char ***list, size_t *n, size_t place, char *text, struct options *o)
{
    char **grown = text ? reallocarray(*list, *n + 2, sizeof *grown) : NULL;

    if (!grown) {
        free(text);
        return options_bad(o, "%s", strerror(ENOMEM));
    }
    memmove(grown + place + 1, grown + place, (*n - place) * sizeof *grown);
    grown[place] = text;
    grown[++*n] = NULL;
    *list = grown;
    return 0;
}

/* ---- variables */

/* NAME alone copies the variable from mica's environment; an unset variable adds nothing. */
static int add_env_at(struct container_options *c, struct options *o, size_t place, const char *text)
{
    const char *value = strchr(text, '=') ? NULL : getenv(text);
    char *entry = NULL;

    if (!strchr(text, '=') && !value)
        return 0;
    if (asprintf(&entry, "%s%s%s", text, value ? "=" : "", value ? value : "") < 0)
        entry = NULL;
    return insert(&c->wish.env, &c->n_env, place, entry, o) < 0 ? -1 : 1;
}

static int add_env(struct container_options *c, struct options *o)
{
    if (*o->value == '\0' || *o->value == '=')
        return options_bad(o, "-e %s: a variable has a name", o->value);
    return add_env_at(c, o, c->n_env, o->value) < 0 ? -1 : 0;
}

static int add_env_line(struct container_options *c, struct options *o, const char *line, size_t len)
{
    cleanup_free char *text = NULL;
    struct err err = {""};
    int r = env_line_parse(line, len, &text, &err);

    if (r < 0)
        return options_bad(o, "--env-file %s: %s", o->value, err.text);
    if (r > 0)
        r = add_env_at(c, o, c->n_file_env, text);
    if (r > 0)
        c->n_file_env++;
    return r < 0 ? -1 : 0;
}

/* Insert variables from files before those of -e, which take precedence in any order of options. */
static int add_env_file(struct container_options *c, struct options *o)
{
    cleanup_free char *text = NULL;
    size_t len;
    int r = 0, e = fd_slurp_at(AT_FDCWD, o->value, ENV_FILE_MAX, &text, &len);

    if (e < 0)
        return options_bad(o, "--env-file %s: %s", o->value, strerror(-e));
    if (strlen(text) != len)
        return options_bad(o, "--env-file %s: it is no text", o->value);
    for (const char *line = text; *line && r == 0;) {
        size_t n = strcspn(line, "\n");

        r = add_env_line(c, o, line, n);
        line += n + (line[n] == '\n');
    }
    return r;
}

/* ---- mounts */

typedef int volume_parser(const char *text, struct bundle_volume *ret, struct err *err);

static int add_volume(struct container_options *c, struct options *o, const char *name, volume_parser *parse)
{
    struct bundle_volume *grown = array_room(c->wish.volumes, c->wish.n_volumes, sizeof *grown);
    struct err err = {""};

    if (!grown)
        return options_bad(o, "%s", strerror(ENOMEM));
    c->wish.volumes = grown;
    if (parse(o->value, &grown[c->wish.n_volumes], &err) < 0)
        return options_bad(o, "%s %s: %s", name, o->value, err.text);
    c->wish.n_volumes++;
    return 0;
}

/* ---- privileges and limits */

static int add_caps(struct options *o, const char *name, bundle_caps *set)
{
    struct err err = {""};

    return bundle_caps_parse(o->value, bundle_caps_here(), set, &err) < 0
               ? options_bad(o, "%s %s: %s", name, o->value, err.text)
               : 0;
}

/* Only root can raise a limit; `host` adds no limit, so the container inherits the caller's. */
static int add_ulimit(struct container_options *c, struct options *o)
{
    struct bundle_rlimit limit, *grown;
    struct rlimit here;
    struct err err = {""};
    size_t i = 0;

    if (strcmp(o->value, "host") == 0)
        return 0;
    if (ulimit_parse(o->value, &limit, &err) < 0)
        return options_bad(o, "--ulimit %s: %s", o->value, err.text);
    if (geteuid() != 0 && getrlimit((__rlimit_resource_t)ulimit_resource(&limit), &here) == 0 &&
        limit.hard > here.rlim_max)
        return options_bad(o, "--ulimit %s: your own hard limit is %llu, and only root has it raised",
                           o->value, (unsigned long long)here.rlim_max);
    while (i < c->wish.n_rlimits && strcmp(c->wish.rlimits[i].type, limit.type) != 0)
        i++;
    grown = array_room(c->wish.rlimits, c->wish.n_rlimits, sizeof *grown);
    if (!grown)
        return options_bad(o, "%s", strerror(ENOMEM));
    c->wish.rlimits = grown;
    grown[i] = limit;
    c->wish.n_rlimits += i == c->wish.n_rlimits;
    return 0;
}

static int add_host(struct container_options *c, struct options *o)
{
    struct err err = {""};
    char *line = NULL;

    if (host_parse(o->value, &line, &err) < 0)
        return options_bad(o, "--add-host %s: %s", o->value, err.text);
    return insert(&c->wish.hosts, &c->n_hosts, c->n_hosts, line, o);
}

static int set_init(struct container_options *c, struct options *o)
{
    c->wish.init = static_init_find();
    return c->wish.init ? 0
                        : options_bad(o, "--init: no statically linked init found; package catatonit "
                                         "(or tini, dumb-init) has one");
}

/* ---- all options */

static int set_network(struct container_options *c, struct options *o)
{
    if (strcmp(o->value, "host") != 0 && strcmp(o->value, "none") != 0)
        return options_bad(o, "--network %s: it is none or host", o->value);
    c->wish.host_network = *o->value == 'h';
    return 0;
}

static int set_text(const char **ret, struct options *o)
{
    if (!utf8_valid(o->value, strlen(o->value)))
        return options_bad(o, "\"%s\" is not UTF-8, which a runtime's config.json cannot hold", o->value);
    *ret = o->value;
    return 0;
}

static int set_pids_limit(struct container_options *c, struct options *o)
{
    char *end;

    errno = 0;
    long long n = strtoll(o->value, &end, 10);
    if (errno != 0 || end == o->value || *end || n < -1 || n > PIDS_LIMIT_MAX)
        return options_bad(o, "--pids-limit %s: it is a number of processes, or 0 or -1 for no limit",
                           o->value);
    c->wish.pids_limit = n > 0 ? n : -1;
    return 0;
}

static int set_branch(struct container_options *c, struct options *o, bool named)
{
    struct err err = {""};

    if (c->branch && c->named != named)
        return options_bad(
            o, "--name is for a new branch, --branch for one that may exist: they exclude each other");
    c->branch = o->value;
    c->named = named;
    return store_branch_check_name(c->branch, &err) < 0 ? options_bad(o, "%s", err.text) : 0;
}

static int set_hostname(struct container_options *c, struct options *o)
{
    if (*o->value == '\0' || strlen(o->value) > 64 || strchr(o->value, '\n'))
        return options_bad(o, "--hostname: it has 1 to 64 letters");
    return set_text(&c->wish.hostname, o);
}

static int set_flag(bool *flag)
{
    *flag = true;
    return 0;
}

/* Options for mounts and privileges. */
static int guard_option(struct container_options *c, struct options *o, int letter)
{
    switch (letter) {
    case 'v':
        return add_volume(c, o, "-v", volume_parse);
    case CONTAINER_MOUNT:
        return add_volume(c, o, "--mount", volume_parse_mount);
    case CONTAINER_TMPFS:
        return add_volume(c, o, "--tmpfs", volume_parse_tmpfs);
    case CONTAINER_DEVICE:
        return add_volume(c, o, "--device", volume_parse_device);
    case CONTAINER_CAP_ADD:
        return add_caps(o, "--cap-add", &c->add);
    case CONTAINER_CAP_DROP:
        return add_caps(o, "--cap-drop", &c->drop);
    case CONTAINER_ULIMIT:
        return add_ulimit(c, o);
    case CONTAINER_PIDS_LIMIT:
        return set_pids_limit(c, o);
    case CONTAINER_NETWORK:
        return set_network(c, o);
    case CONTAINER_ADD_HOST:
        return add_host(c, o);
    case CONTAINER_READ_ONLY:
        return set_flag(&c->wish.read_only);
    default:
        return -2;
    }
}

/* Options for running the container and for the branch that keeps its changes. */
int container_option(struct container_options *c, struct options *o, int letter)
{
    int r = guard_option(c, o, letter);

    switch (r == -2 ? letter : 0) {
    case 0:
        return r;
    case 'i':
        return set_flag(&c->interactive);
    case 't':
        return set_flag(&c->wish.tty);
    case 'q':
        return set_flag(&c->quiet);
    case 'e':
        return add_env(c, o);
    case CONTAINER_ENV_FILE:
        return add_env_file(c, o);
    case 'w':
        return set_text(&c->wish.workdir, o);
    case 'u':
        return set_text(&c->wish.user, o);
    case CONTAINER_ENTRYPOINT:
        return set_text(&c->wish.entrypoint, o);
    case CONTAINER_HOSTNAME:
        return set_hostname(c, o);
    case CONTAINER_INIT:
        return set_init(c, o);
    case CONTAINER_BRANCH:
        return set_branch(c, o, false);
    case CONTAINER_NAME:
        return set_branch(c, o, true);
    case CONTAINER_RM:
        return set_flag(&c->remove);
    default:
        c->runtime = o->value;
        return 0;
    }
}

int container_options_check(struct container_options *c, struct options *o)
{
    struct err err = {""};

    if (c->remove && c->branch && !c->named)
        return options_bad(o, "--rm is for a new branch, not for --branch");
    if (bundle_caps_merge(bundle_caps_here(), c->add, c->drop, &c->wish.caps, &err) < 0)
        return options_bad(o, "--cap-add and --cap-drop: %s", err.text);
    c->wish.has_caps = c->add || c->drop;
    c->wish.ambient = c->add;
    return 0;
}

int container_name_branch(struct container_options *c, struct store *s, struct err *err)
{
    if (c->named && container_branch_exists(s, c->branch))
        return err_set(err, EEXIST, "branch %s exists: --branch %s uses it, mica branches rm %s removes it",
                       c->branch, c->branch, c->branch);
    if (c->branch)
        return 0;
    int r = store_branch_invent_name(s, c->branch_made_up, err);
    if (r == 0)
        c->branch = c->branch_made_up;
    return r;
}

/* A read-only container changes nothing, so it needs no branch. */
const char *container_branch_make(const struct container_options *c)
{
    if (c->branch != c->branch_made_up && !c->named)
        return "missing";
    return c->remove || c->wish.read_only ? "temporary" : "new";
}

bool container_branch_exists(struct store *s, const char *name)
{
    char path[STORE_BRANCH_NAME_MAX + 32];
    struct stat st;

    snprintf(path, sizeof path, "branches/%s/branch.json", name);
    return fstatat(store_fd(s), path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
