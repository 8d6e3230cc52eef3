/* SPDX-License-Identifier: Apache-2.0 */
#include "container/container_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "os/inert.h"

void volume_clear(struct bundle_volume *v)
{
    free(v->source);
    free(v->destination);
    free(v->options);
    *v = (struct bundle_volume){0};
}

static int finish_volume(int r, struct bundle_volume *v)
{
    if (r < 0)
        volume_clear(v);
    return r;
}

/* ---- paths */

static int set_destination(struct bundle_volume *v, const char *path, struct err *err)
{
    if (*path != '/' || path[strspn(path, "/")] == '\0')
        return err_set(err, EINVAL, "\"%s\" is no absolute path in the container", path);
    if (!utf8_valid(path, strlen(path)))
        return err_set(err, EINVAL, "the paths are not UTF-8, which a runtime's config.json cannot hold");
    free(v->destination);
    v->destination = strdup(path);
    return v->destination ? 0 : err_errno(err, ENOMEM, "%s", path);
}

static int set_source(struct bundle_volume *v, const char *path, struct err *err)
{
    struct stat st;

    if (!utf8_valid(path, strlen(path)))
        return err_set(err, EINVAL, "the paths are not UTF-8, which a runtime's config.json cannot hold");
    free(v->source);
    v->source = realpath(path, NULL);
    if (!v->source || stat(v->source, &st) < 0)
        return err_errno(err, errno, "%s", path);
    v->is_file = !S_ISDIR(st.st_mode);
    return 0;
}

/* ---- DIR:PATH[:ro] */

static int volume_words(char *text, bool *read_only, struct err *err)
{
    for (const char *word; text && (word = strsep(&text, ","));) {
        if (strcmp(word, "ro") == 0)
            *read_only = true;
        else if (strcmp(word, "rw") != 0 && strcmp(word, "z") != 0 && strcmp(word, "Z") != 0)
            return err_set(err, EINVAL, "\"%s\" is neither ro nor rw", word);
    }
    return 0;
}

static int read_volume(const char *dir, const char *path, char *words, struct bundle_volume *v,
                       struct err *err)
{
    struct stat st;
    int r = set_destination(v, path, err);

    if (r == 0 && !strchr(dir, '/') && strcmp(dir, ".") != 0 && strcmp(dir, "..") != 0)
        r = err_set(err, EINVAL, "named volumes are not supported; for a directory use ./%s%s", dir,
                    stat(dir, &st) < 0 ? ", which does not exist" : "");
    if (r == 0)
        r = volume_words(words, &v->read_only, err);
    return r == 0 ? set_source(v, dir, err) : r;
}

int volume_parse(const char *text, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *dir = strsep(&rest, ":"), *path = strsep(&rest, ":");

    *ret = (struct bundle_volume){0};
    if (!dir || !*dir || !path)
        return err_set(err, EINVAL, "it is DIR:PATH[:ro]");
    return finish_volume(read_volume(dir, path, rest, ret, err), ret);
}

/* ---- tmpfs */

/* mount(8)'s options of a tmpfs; the kernel checks their values. */
static bool is_tmpfs_option(const char *word)
{
    static const char *const flags[] = {"rw",      "ro",       "exec",      "noexec",      "nosuid", "nodev",
                                        "noatime", "relatime", "tmpcopyup", "notmpcopyup", NULL};
    static const char *const numbers[] = {"size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", NULL};

    for (size_t i = 0; flags[i]; i++)
        if (strcmp(word, flags[i]) == 0)
            return true;
    for (size_t i = 0; numbers[i]; i++) {
        size_t len = strlen(numbers[i]);
        size_t digits = strncmp(word, numbers[i], len) == 0 ? strspn(word + len, "0123456789") : 0;

        if (digits > 0 && (word[len + digits] == '\0' ||
                           (strchr("kKmMgG%", word[len + digits]) && !word[len + digits + 1])))
            return true;
    }
    return false;
}

static int add_tmpfs_option(struct bundle_volume *v, struct buf *options, size_t *n, const char *word,
                            struct err *err)
{
    if (!is_tmpfs_option(word))
        return err_set(
            err, EINVAL,
            "\"%s\" is no option of a tmpfs: known are size=, mode=, uid=, gid=, nr_inodes=, ro, exec "
            "and noexec",
            word);
    if (strcmp(word, "ro") == 0)
        v->read_only = true;
    if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0)
        return 0;
    if (++*n > BUNDLE_TMPFS_OPTIONS_MAX)
        return err_set(err, E2BIG, "a tmpfs has at most %d options", BUNDLE_TMPFS_OPTIONS_MAX);
    return buf_printf(options, "%s%s", options->len ? "," : "", word) < 0 ? err_errno(err, ENOMEM, "tmpfs")
                                                                          : 0;
}

static int take_options(struct bundle_volume *v, struct buf *options, struct err *err)
{
    if (options->len == 0)
        return 0;
    if (!buf_str(options))
        return err_errno(err, ENOMEM, "tmpfs");
    v->options = steal_ptr(&options->data);
    return 0;
}

int volume_parse_tmpfs(const char *text, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *copy = strdup(text);
    cleanup_buf struct buf options = BUF_INIT;
    char *rest = copy, *path = strsep(&rest, ":");
    size_t n = 0;

    *ret = (struct bundle_volume){.kind = VOLUME_TMPFS};
    int r = path ? set_destination(ret, path, err) : err_errno(err, ENOMEM, "tmpfs");
    for (const char *word; r == 0 && rest && *rest && (word = strsep(&rest, ","));)
        r = add_tmpfs_option(ret, &options, &n, word, err);
    if (r == 0)
        r = take_options(ret, &options, err);
    return finish_volume(r, ret);
}

/* ---- type=bind,src=DIR,dst=PATH,ro */

struct mount_words {
    const char *type, *source, *destination;
    struct buf options; /* tmpfs only */
    size_t n;
};

static bool is_key(const char *key, const char *words)
{
    size_t len = strlen(key);

    for (const char *at = words; len > 0 && (at = strstr(at, key)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static int take_mount_word(struct bundle_volume *v, struct mount_words *m, char *word, struct err *err)
{
    char *value = strchr(word, '='), option[64];

    if (value)
        *value++ = '\0';
    if (value && is_key(word, "type"))
        m->type = value;
    else if (value && is_key(word, "src source"))
        m->source = value;
    else if (value && is_key(word, "dst destination target"))
        m->destination = value;
    else if (is_key(word, "ro readonly") && (!value || is_key(value, "true false")))
        v->read_only = !value || strcmp(value, "true") == 0;
    else if (value && is_key(word, "tmpfs-size tmpfs-mode") &&
             snprintf(option, sizeof option, "%s=%s", word + strlen("tmpfs-"), value) < (int)sizeof option)
        return add_tmpfs_option(v, &m->options, &m->n, option, err);
    else if (!(value && is_key(word, "bind-propagation") && is_key(value, "private rprivate")) &&
             !is_key(word, "rw z Z relabel consistency"))
        return err_set(err, EINVAL,
                       "\"%s%s%s\" is unknown: known are type=bind or tmpfs, src=, dst=, ro, tmpfs-size= and "
                       "tmpfs-mode=",
                       word, value ? "=" : "", value ? value : "");
    return 0;
}

static int read_mount(struct bundle_volume *v, const struct mount_words *m, struct err *err)
{
    if (!m->type || !m->destination)
        return err_set(err, EINVAL,
                       "it is type=bind,src=DIR,dst=PATH[,ro], or type=tmpfs,dst=PATH[,tmpfs-size=N]");
    int r = set_destination(v, m->destination, err);
    if (r == 0 && strcmp(m->type, "tmpfs") == 0) {
        v->kind = VOLUME_TMPFS;
        return m->source ? err_set(err, EINVAL, "a tmpfs has no src=") : 0;
    }
    if (r == 0 && strcmp(m->type, "bind") != 0)
        r = err_set(err, EINVAL, "mount type %s is not supported: use bind or tmpfs%s", m->type,
                    strcmp(m->type, "volume") == 0 ? "; named volumes are not supported" : "");
    if (r == 0 && (!m->source || m->options.len > 0))
        r = m->source ? err_set(err, EINVAL, "tmpfs-size= and tmpfs-mode= are for type=tmpfs")
                      : err_set(err, EINVAL, "type=bind needs src=DIR");
    return r == 0 ? set_source(v, m->source, err) : r;
}

int volume_parse_mount(const char *text, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *copy = strdup(text);
    struct mount_words m = {.options = BUF_INIT};
    char *rest = copy;
    int r = copy ? 0 : err_errno(err, ENOMEM, "mount");

    *ret = (struct bundle_volume){0};
    for (char *word; r == 0 && rest && (word = strsep(&rest, ","));)
        r = take_mount_word(ret, &m, word, err);
    if (r == 0)
        r = read_mount(ret, &m, err);
    if (r == 0)
        r = take_options(ret, &m.options, err);
    buf_free(&m.options);
    return finish_volume(r, ret);
}

/* ---- NODE[:PATH][:rwm] */

static bool is_access(const char *word)
{
    return *word && strspn(word, "rwm") == strlen(word);
}

static int read_device(struct bundle_volume *v, const char *node, const char *path, const char *access,
                       struct err *err)
{
    struct stat st;
    int r = set_source(v, node, err);

    if (r == 0)
        r = set_destination(v, path, err);
    if (r < 0)
        return r;
    if (stat(v->source, &st) < 0)
        return err_errno(err, errno, "%s", node);
    if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode) && !S_ISDIR(st.st_mode))
        return err_set(err, ENODEV, "%s is no device; -v mounts files and directories", node);
    if (access && (!strchr(access, 'r') || !strchr(access, 'w')))
        return err_set(err, EOPNOTSUPP,
                       "access \"%s\" is not supported without a device cgroup: use rw or rwm; "
                       "the mode of %s applies",
                       access, node);
    return 0;
}

int volume_parse_device(const char *text, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *node = strsep(&rest, ":"), *path = rest ? strsep(&rest, ":") : NULL, *access = rest;

    *ret = (struct bundle_volume){.kind = VOLUME_DEVICE};
    if (path && !access && is_access(path)) {
        access = path;
        path = NULL;
    }
    if (!node || *node != '/' || (access && !is_access(access)))
        return err_set(err, EINVAL, "it is NODE[:PATH][:rwm], with absolute paths");
    return finish_volume(read_device(ret, node, path ? path : node, access, err), ret);
}
