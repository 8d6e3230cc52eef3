/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/text.h"
#include "os/cleanup.h"

#define PIDS_LIMIT_MAX (1 << 22) /* the kernel has no more */

static void volume_clear(struct bundle_volume *v)
{
    free(v->source);
    free(v->destination);
}

void container_options_free(struct container_options *c)
{
    for (size_t i = 0; i < c->wish.n_volumes; i++)
        volume_clear(&c->wish.volumes[i]);
    free(c->wish.volumes);
    for (size_t i = 0; i < c->n_env; i++)
        free(c->wish.env[i]);
    free(c->wish.env);
    *c = (struct container_options){0};
}

/* ---- variables */

/* NAME alone is for what it is here; nothing, where it is not set. */
static int add_env(struct container_options *c, struct options *o, const char *text)
{
    const char *value = strchr(text, '=') ? NULL : getenv(text);
    char **grown;

    if (*text == '\0' || *text == '=')
        return options_bad(o, "-e %s: a variable has a name", text);
    if (!strchr(text, '=') && !value)
        return 0;
    grown = reallocarray(c->wish.env, c->n_env + 2, sizeof *grown);
    if (!grown)
        return options_bad(o, "%s", strerror(ENOMEM));
    c->wish.env = grown;
    if (asprintf(&grown[c->n_env], "%s%s%s", text, value ? "=" : "", value ? value : "") < 0)
        return options_bad(o, "%s", strerror(ENOMEM));
    grown[++c->n_env] = NULL;
    return 0;
}

/* ---- volumes */

static int volume_options(char *text, bool *read_only, struct err *err)
{
    for (const char *word; text && (word = strsep(&text, ","));) {
        if (strcmp(word, "ro") == 0)
            *read_only = true;
        else if (strcmp(word, "rw") != 0 && strcmp(word, "z") != 0 && strcmp(word, "Z") != 0)
            return err_set(err, EINVAL, "\"%s\" is neither ro nor rw", word);
    }
    return 0;
}

static int read_volume(const char *dir, const char *path, char *words, struct bundle_volume *ret,
                       struct err *err)
{
    struct stat st;

    if (*path != '/' || strcmp(path, "/") == 0)
        return err_set(err, EINVAL, "\"%s\" is no absolute path in the container", path);
    if (!utf8_valid(dir, strlen(dir)) || !utf8_valid(path, strlen(path)))
        return err_set(err, EINVAL, "the paths are not UTF-8, which a runtime's config.json cannot hold");
    if (!strchr(dir, '/') && strcmp(dir, ".") != 0 && strcmp(dir, "..") != 0)
        return err_set(err, EINVAL, "there are no named volumes; a directory is written ./%s%s", dir,
                       stat(dir, &st) < 0 ? ", and there is none of that name here" : "");
    int r = volume_options(words, &ret->read_only, err);
    if (r < 0)
        return r;
    ret->source = realpath(dir, NULL);
    if (!ret->source || stat(ret->source, &st) < 0)
        return err_errno(err, errno, "%s", dir);
    ret->is_file = !S_ISDIR(st.st_mode);
    ret->destination = strdup(path);
    return ret->destination ? 0 : err_errno(err, ENOMEM, "%s", path);
}

int container_volume(const char *text, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *dir = strsep(&rest, ":"), *path = strsep(&rest, ":");

    *ret = (struct bundle_volume){0};
    if (!dir || !*dir || !path)
        return err_set(err, EINVAL, "it is DIR:PATH[:ro]");
    int r = read_volume(dir, path, rest, ret, err);
    if (r < 0)
        volume_clear(ret);
    return r;
}

static int add_volume(struct container_options *c, struct options *o, const char *value)
{
    struct bundle_volume *grown = reallocarray(c->wish.volumes, c->wish.n_volumes + 1, sizeof *grown);
    struct err err = {""};

    if (!grown)
        return options_bad(o, "%s", strerror(ENOMEM));
    c->wish.volumes = grown;
    if (container_volume(value, &grown[c->wish.n_volumes], &err) < 0)
        return options_bad(o, "-v %s: %s", value, err.text);
    c->wish.n_volumes++;
    return 0;
}

/* ---- all of them */

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

static int set_branch(struct container_options *c, struct options *o)
{
    struct err err = {""};

    c->branch = o->value;
    return store_branch_check_name(c->branch, &err) < 0 ? options_bad(o, "%s", err.text) : 0;
}

static int set_hostname(struct container_options *c, struct options *o)
{
    if (*o->value == '\0' || strlen(o->value) > 64 || strchr(o->value, '\n'))
        return options_bad(o, "--hostname: it has 1 to 64 letters");
    return set_text(&c->wish.hostname, o);
}

int container_option(struct container_options *c, struct options *o, int letter)
{
    switch (letter) {
    case 'i':
        c->interactive = true;
        return 0;
    case 't':
        c->wish.tty = true;
        return 0;
    case 'e':
        return add_env(c, o, o->value);
    case 'v':
        return add_volume(c, o, o->value);
    case 'w':
        return set_text(&c->wish.workdir, o);
    case 'u':
        return set_text(&c->wish.user, o);
    case CONTAINER_ENTRYPOINT:
        return set_text(&c->wish.entrypoint, o);
    case CONTAINER_HOSTNAME:
        return set_hostname(c, o);
    case CONTAINER_NETWORK:
        return set_network(c, o);
    case CONTAINER_PIDS_LIMIT:
        return set_pids_limit(c, o);
    case CONTAINER_BRANCH:
        return set_branch(c, o);
    case CONTAINER_READ_ONLY:
        c->wish.read_only = true;
        return 0;
    case CONTAINER_RM:
        c->remove = true;
        return 0;
    default:
        c->runtime = o->value;
        return 0;
    }
}

int container_options_check(const struct container_options *c, struct options *o)
{
    if (c->remove && c->branch)
        return options_bad(o, "--rm is for a branch that is made for the container, not for --branch");
    return 0;
}

int container_name_branch(struct container_options *c, struct store *s, struct err *err)
{
    if (c->branch)
        return 0;
    int r = store_branch_invent_name(s, c->branch_made_up, err);
    if (r == 0)
        c->branch = c->branch_made_up;
    return r;
}

/* What is made for a container that can change nothing has nothing to keep. */
const char *container_branch_make(const struct container_options *c)
{
    if (c->branch != c->branch_made_up)
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
