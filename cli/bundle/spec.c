/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/spec.h"

#include <errno.h>
#include <string.h>

#include "bundle/process.h"
#include "bundle/spec_guard.h"
#include "bundle/spec_mounts.h"
#include "image/json_text.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/inert.h"

/* ---- process */

static json_t *make_groups(const struct bundle_spec *s)
{
    cleanup_json json_t *groups = json_array();
    int r = groups ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < s->user->n_groups; i++)
        r = json_text_append(groups, json_integer(s->user->groups[i]));
    return r == 0 ? json_incref(groups) : NULL;
}

/* The container's root can drop and set groups freely, so a lone primary group is left out for runc, which
 * refuses additional groups in an ordinary user's container. */
static bool has_groups(const struct bundle_spec *s)
{
    bool needless = s->user->uid == 0 && s->user->n_groups == 1 && s->user->groups[0] == s->user->gid;

    return s->user->n_groups > 0 && !s->single_id && !(s->by_user && needless);
}

static json_t *make_user(const struct bundle_spec *s)
{
    json_t *user = json_object();
    int r = user ? json_text_put(user, "uid", json_integer(s->user->uid)) : -ENOMEM;

    if (r == 0)
        r = json_text_put(user, "gid", json_integer(s->user->gid));
    if (r == 0)
        r = json_text_put(user, "umask", json_integer(0022));
    if (r == 0 && has_groups(s))
        r = json_text_put(user, "additionalGids", make_groups(s));
    if (r == 0)
        return user;
    json_decref(user);
    return NULL;
}

/* A relative path is relative to the root. */
static int set_cwd(json_t *process, const struct bundle_spec *s, struct err *err)
{
    const char *dir = s->wish->workdir ? s->wish->workdir : s->config->working_dir;

    json_t *cwd = !dir ? json_string("/") : *dir == '/' ? json_string(dir) : json_sprintf("/%s", dir);
    if (!cwd)
        return dir && !utf8_valid(dir, strlen(dir))
                   ? err_set(err, EINVAL,
                             "working directory \"%s\" is not UTF-8, which config.json cannot hold", dir)
                   : -ENOMEM;
    return json_text_put(process, "cwd", cwd);
}

/* RLIM_INFINITY exceeds jansson's integers: store -1, which write_unlimited replaces. */
static json_t *make_limit(uint64_t limit)
{
    return json_integer(limit > INT64_MAX ? -1 : (json_int_t)limit);
}

static json_t *make_rlimit(const char *type, uint64_t soft, uint64_t hard)
{
    cleanup_json json_t *limit = json_object();
    int r = limit ? json_text_put(limit, "type", json_string(type)) : -ENOMEM;

    if (r == 0)
        r = json_text_put(limit, "hard", make_limit(hard));
    if (r == 0)
        r = json_text_put(limit, "soft", make_limit(soft));
    return r == 0 ? json_incref(limit) : NULL;
}

/* The limit of processes is the last resort: one that the user has named takes precedence. */
static json_t *make_rlimits(const struct bundle_spec *s)
{
    cleanup_json json_t *list = json_array();
    bool processes = s->nproc > 0;
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < s->wish->n_rlimits; i++) {
        const struct bundle_rlimit *l = &s->wish->rlimits[i];

        processes = processes && strcmp(l->type, "RLIMIT_NPROC") != 0;
        r = json_text_append(list, make_rlimit(l->type, l->soft, l->hard));
    }
    if (r == 0 && processes)
        r = json_text_append(list, make_rlimit("RLIMIT_NPROC", s->nproc, s->nproc));
    return r == 0 ? json_incref(list) : NULL;
}

static int fill_process(json_t *process, const struct bundle_spec *s, struct err *err)
{
    json_t *args = NULL, *env = NULL;
    int r = bundle_args(s->config, s->wish, &args, err);

    if (r == 0 && s->wish->init &&
        (json_array_insert_new(args, 0, json_string("--")) < 0 ||
         json_array_insert_new(args, 0, json_string(BUNDLE_INIT)) < 0)) {
        json_decref(args);
        return -ENOMEM;
    }
    if (r == 0)
        r = json_text_put(process, "args", args);
    if (r == 0)
        r = bundle_env(s->config, s->wish, s->user, s->hostname, &env, err);
    if (r == 0)
        r = json_text_put(process, "env", env);
    if (r == 0)
        r = set_cwd(process, s, err);
    if (r == 0)
        r = json_text_put(process, "user", make_user(s));
    if (r == 0)
        r = json_text_put(process, "terminal", json_boolean(s->wish->tty));
    if (r == 0 && (s->nproc > 0 || s->wish->n_rlimits > 0))
        r = json_text_put(process, "rlimits", make_rlimits(s));
    if (r == 0)
        r = json_text_put(process, "capabilities", spec_capabilities(s->wish, s->user->uid == 0));
    return r;
}

/* ---- the rest */

static json_t *make_root(const struct bundle_spec *s)
{
    return json_pack("{s:s, s:b}", "path", s->root, "readonly", s->wish->read_only);
}

static json_t *make_ids(const struct bundle_ids *ids, size_t n)
{
    cleanup_json json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = json_text_append(list,
                             json_pack("{s:I, s:I, s:I}", "containerID", (json_int_t)ids[i].container,
                                       "hostID", (json_int_t)ids[i].host, "size", (json_int_t)ids[i].n));
    return r == 0 ? json_incref(list) : NULL;
}

/* Runtimes obey annotations (crun run.oci.*, runc org.systemd.property.*, both org.criu.config), so no
 * annotation has a key or value from the image: its labels are not copied. */
static json_t *make_annotations(const struct bundle_spec *s)
{
    return json_pack("{s:o}", "org.opencontainers.image.stopSignal", json_sprintf("%d", s->stop_signal));
}

static int fill_linux(json_t *part, const struct bundle_spec *s)
{
    int r = json_text_put(part, "namespaces", spec_namespaces(s));

    if (r == 0)
        r = json_text_put(part, "maskedPaths", spec_masked_paths());
    if (r == 0)
        r = json_text_put(part, "readonlyPaths", spec_read_only_paths(s));
    if (r == 0)
        r = json_text_put(part, "seccomp", json_incref(s->seccomp));
    if (r == 0 && s->pids > 0)
        r = json_text_put(part, "resources", json_pack("{s:{s:I}}", "pids", "limit", (json_int_t)s->pids));
    if (r == 0 && s->n_uids > 0)
        r = json_text_put(part, "uidMappings", make_ids(s->uids, s->n_uids));
    if (r == 0 && s->n_uids > 0)
        r = json_text_put(part, "gidMappings", make_ids(s->gids, s->n_gids));
    return r;
}

/* Add a new object to another. *ret is borrowed from it, valid on success. */
static int add_object(json_t *in, const char *key, json_t **ret)
{
    *ret = json_object();
    return json_text_put(in, key, *ret);
}

static int fill(json_t *spec, const struct bundle_spec *s, struct err *err)
{
    json_t *process = NULL, *part = NULL;
    int r = json_text_put(spec, "ociVersion", json_string("1.0.2"));

    if (r == 0)
        r = add_object(spec, "process", &process);
    if (r == 0)
        r = fill_process(process, s, err);
    if (r == 0)
        r = json_text_put(spec, "root", make_root(s));
    if (r == 0)
        r = json_text_put(spec, "hostname", json_string(s->hostname));
    if (r == 0)
        r = json_text_put(spec, "mounts", spec_mounts(s));
    if (r == 0)
        r = add_object(spec, "linux", &part);
    if (r == 0)
        r = fill_linux(part, s);
    if (r == 0 && s->stop_signal > 0)
        r = json_text_put(spec, "annotations", make_annotations(s));
    return r;
}

static int check(const struct bundle_spec *s, struct err *err)
{
    if (!s->single_id || (s->user->uid == 0 && s->user->gid == 0))
        return 0;
    return err_set(
        err, EINVAL,
        "user %u:%u cannot be had with one id: a range of them in /etc/subuid and /etc/subgid, and "
        "newuidmap (package uidmap), give the container more; -u 0 runs it as the container's root",
        s->user->uid, s->user->gid);
}

/* JSON escapes a quote inside a string, so these matches are members. */
static char *write_unlimited(char *text)
{
    static const char *const found[] = {"hard\": -1,", "soft\": -1\n"};
    static const char *const written[] = {"hard\": 18446744073709551615,", "soft\": 18446744073709551615\n"};
    cleanup_free char *from = text;
    struct buf out = BUF_INIT;
    int r = 0;

    for (const char *at = from; *at && r == 0;) {
        size_t i = 0;

        while (i < 2 && strncmp(at, found[i], strlen(found[i])) != 0)
            i++;
        r = i < 2 ? buf_append(&out, written[i], strlen(written[i])) : buf_append(&out, at, 1);
        at += i < 2 ? strlen(found[i]) : 1;
    }
    if (r < 0 || !buf_str(&out))
        buf_free(&out);
    return out.data;
}

int bundle_spec_make(const struct bundle_spec *s, char **ret, size_t *ret_len, struct err *err)
{
    cleanup_json json_t *spec = json_object();
    int r = spec ? check(s, err) : -ENOMEM;

    if (r == 0)
        r = fill(spec, s, err);
    if (r == 0) {
        *ret = json_text_dump(spec, JSON_INDENT(2));
        if (*ret && s->wish->n_rlimits > 0)
            *ret = write_unlimited(*ret);
        r = *ret ? 0 : -ENOMEM;
    }
    if (r == 0)
        *ret_len = strlen(*ret);
    else if (err && !*err->text)
        err_errno(err, -r, "config.json");
    return r;
}
