/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of a container, as in other tools. */
#include "bundle/spec_mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "os/cleanup.h"

static int add(json_t *mounts, const char *type, const char *source, const char *destination,
               const char *const *options)
{
    cleanup_json json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (; r == 0 && *options; options++)
        r = json_text_append(list, json_string(*options));
    if (r < 0)
        return r;
    return json_text_append(mounts, json_pack("{s:s, s:s, s:s, s:O}", "destination", destination, "type",
                                              type, "source", source, "options", list));
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int add_devices(json_t *mounts, const struct bundle_spec *s)
{
    int r = add(mounts, "tmpfs", "tmpfs", "/dev",
                OPTIONS("nosuid", "noexec", "strictatime", "mode=755", "size=65536k"));

    if (r == 0 && s->single_id) /* a single id leaves no group tty for terminals */
        r = add(mounts, "devpts", "devpts", "/dev/pts",
                OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    else if (r == 0)
        r = add(mounts, "devpts", "devpts", "/dev/pts",
                OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
    if (r == 0)
        r = add(mounts, "tmpfs", "shm", "/dev/shm",
                OPTIONS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    if (r == 0)
        r = add(mounts, "mqueue", "mqueue", "/dev/mqueue", OPTIONS("nosuid", "noexec", "nodev"));
    return r;
}

/*
 * Only the owner of the network namespace may mount a new sysfs. A bind mount of the host's /sys brings its
 * submounts along: flags without "r" apply to the topmost mount only, and the container's root could write to
 * files of the machine's root.
 */
static int add_system(json_t *mounts, const struct bundle_spec *s)
{
    bool owns_network = !s->wish->host_network || (!s->in_space && s->n_uids == 0);
    int r = add(mounts, "proc", "proc", "/proc", OPTIONS("nosuid", "noexec", "nodev"));

    if (r == 0)
        r = add_devices(mounts, s);
    if (r == 0 && owns_network)
        r = add(mounts, "sysfs", "sysfs", "/sys", OPTIONS("nosuid", "noexec", "nodev", "ro"));
    else if (r == 0)
        r = add(mounts, "bind", "/sys", "/sys",
                OPTIONS("rbind", "rprivate", "nosuid", "noexec", "nodev", "ro", "rnosuid", "rnoexec",
                        "rnodev", "rro"));
    return r;
}

static int add_file(json_t *mounts, const struct bundle_spec *s, size_t i)
{
    char *source = NULL;

    if (!s->places->files[i])
        return 0;
    if (asprintf(&source, "%s/%s", s->files, bundle_files[i]) < 0)
        return -ENOMEM;
    int r = add(mounts, "bind", source, s->places->files[i],
                OPTIONS("bind", "rprivate", "nosuid", "nodev", "noexec", s->wish->read_only ? "ro" : NULL));
    free(source);
    return r;
}

static int add_scratch(json_t *mounts, const char *path)
{
    bool runs = strcmp(path, "/run") == 0;

    return add(mounts, "tmpfs", "tmpfs", path, OPTIONS("nosuid", "nodev", runs ? "mode=755" : "mode=1777"));
}

/* A directory's submounts come along, and flags without "r" do not apply to them. crun refuses flags with "r"
 * for a file. */
static int add_tmpfs(json_t *mounts, const struct bundle_volume *v)
{
    const char *options[BUNDLE_TMPFS_OPTIONS_MAX + 6];
    cleanup_free char *copy = strdup(v->options ? v->options : "");
    char *rest = copy;
    size_t n = 0;

    if (!copy)
        return -ENOMEM;
    for (const char *word; *copy && n < BUNDLE_TMPFS_OPTIONS_MAX && (word = strsep(&rest, ","));)
        options[n++] = word;
    options[n++] = v->read_only ? "ro" : "rw";
    options[n++] = "rprivate";
    options[n++] = "nosuid";
    options[n++] = "nodev";
    options[n++] = "tmpcopyup";
    options[n] = NULL;
    return add(mounts, "tmpfs", "tmpfs", v->destination, options);
}

/* Read-only keeps a device's owner and mode, and the device stays usable. "nodev" must be absent, and
 * runtimes bind a directory's submounts too. */
static int add_device(json_t *mounts, const struct bundle_volume *v)
{
    return v->is_file ? add(mounts, "bind", v->source, v->destination,
                            OPTIONS("bind", "rprivate", "nosuid", "noexec", "ro"))
                      : add(mounts, "bind", v->source, v->destination,
                            OPTIONS("rbind", "rprivate", "nosuid", "noexec", "ro", "rro"));
}

static int add_volume(json_t *mounts, const struct bundle_volume *v)
{
    const char *access = v->read_only ? "ro" : "rw";

    if (v->kind == VOLUME_TMPFS)
        return add_tmpfs(mounts, v);
    if (v->kind == VOLUME_DEVICE)
        return add_device(mounts, v);

    if (v->is_file)
        return add(mounts, "bind", v->source, v->destination,
                   OPTIONS("bind", "rprivate", "nosuid", "nodev", access));
    return add(mounts, "bind", v->source, v->destination,
               OPTIONS("rbind", "rprivate", "nosuid", "nodev", "rnosuid", "rnodev", access,
                       v->read_only ? "rro" : NULL));
}

json_t *spec_mounts(const struct bundle_spec *s)
{
    json_t *mounts = json_array();
    int r = mounts ? add_system(mounts, s) : -ENOMEM;

    for (size_t i = 0; s->places->scratch && s->places->scratch[i] && r == 0; i++)
        r = add_scratch(mounts, s->places->scratch[i]);
    for (size_t i = 0; s->files && i < BUNDLE_N_FILES && r == 0; i++)
        r = add_file(mounts, s, i);
    if (r == 0 && s->shell)
        r = add(mounts, "bind", s->shell, BUNDLE_SHELL, OPTIONS("bind", "rprivate", "nosuid", "nodev", "ro"));
    if (r == 0 && s->wish->init)
        r = add(mounts, "bind", s->wish->init, BUNDLE_INIT,
                OPTIONS("bind", "rprivate", "nosuid", "nodev", "ro"));
    for (size_t i = 0; i < s->places->n_volumes && r == 0; i++)
        r = add_volume(mounts, &s->places->volumes[i]);
    if (r == 0)
        return mounts;
    json_decref(mounts);
    return NULL;
}

/* ---- order */

struct points {
    char **list;
    size_t n;
};

static int add_point(struct points *p, const char *path, const char *end)
{
    char **grown = reallocarray(p->list, p->n + 2, sizeof *grown);

    if (!grown)
        return -ENOMEM;
    p->list = grown;
    if (asprintf(&grown[p->n], "%s%s", path, end) < 0)
        grown[p->n] = NULL;
    if (!grown[p->n])
        return -ENOMEM;
    grown[++p->n] = NULL;
    return 0;
}

static int find_points(const struct bundle_spec *s, bool (*is_dir)(const char *), struct points *p)
{
    const struct bundle_places *at = s->places;
    int r = add_point(p, "/proc", "/");

    if (r == 0)
        r = add_point(p, "/dev", "/");
    if (r == 0)
        r = add_point(p, "/sys", "/");
    for (size_t i = 0; at->scratch && at->scratch[i] && r == 0; i++)
        r = add_point(p, at->scratch[i], "/");
    for (size_t i = 0; s->files && i < BUNDLE_N_FILES && r == 0; i++)
        if (at->files[i])
            r = add_point(p, at->files[i], "");
    /* runc sets the mode of a tmpfs to that of its mount point; if runc creates the mount point, the mode is
     * that of the tmpfs's options. */
    for (size_t i = 0; i < at->n_volumes && r == 0; i++)
        if (at->volumes[i].kind != VOLUME_TMPFS)
            r = add_point(p, at->volumes[i].destination, is_dir(at->volumes[i].source) ? "/" : "");
    return r;
}

int bundle_spec_points(const struct bundle_spec *s, bool (*is_dir)(const char *source), char ***ret)
{
    struct points p = {NULL, 0};
    int r = find_points(s, is_dir, &p);

    if (r < 0)
        bundle_points_free(p.list);
    else
        *ret = p.list;
    return r;
}

void bundle_points_free(char **points)
{
    for (size_t i = 0; points && points[i]; i++)
        free(points[i]);
    free(points);
}
