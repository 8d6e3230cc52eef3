/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/rooted.h"
#include "image/json_text.h"
#include "os/cleanup.h"

const char *const bundle_files[] = {"resolv.conf", "hosts", "hostname", NULL};

static const char *const scratch[] = {"/tmp", "/var/tmp", "/run", NULL};
static const char *const system_places[] = {"/proc", "/sys", "/dev", NULL};

static bool is_in(const char *path, const char *dir)
{
    size_t len = strlen(dir);
    return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool bundle_place_is_system(const char *path)
{
    for (size_t i = 0; system_places[i]; i++)
        if (is_in(path, system_places[i]))
            return true;
    return false;
}

/* Paths at which an image must not have a mount. */
static bool is_closed(const char *place)
{
    return strcmp(place, "/") == 0 || bundle_place_is_system(place);
}

/* Resolve `path`; an error message names it as `what`. */
static int follow(int rootfd, const char *path, const char *what, char **ret, struct err *err)
{
    int r = rooted_resolve(rootfd, path, ret);
    return r < 0 ? err_errno(err, -r, "%s %s", what, path) : 0;
}

/* ---- system directories */

static int check_system(int rootfd, struct err *err)
{
    for (size_t i = 0; system_places[i]; i++) {
        cleanup_free char *place = NULL;
        int r = follow(rootfd, system_places[i], "the image's", &place, err);
        if (r < 0)
            return r;
        if (strcmp(place, system_places[i]) != 0)
            return err_set(err, EINVAL, "the image's %s, on which the runtime mounts, is a symbolic link",
                           system_places[i]);
    }
    return 0;
}

/* Only the user may choose a working directory in /proc; an image may neither name one nor link to it. */
static int check_workdir(int rootfd, json_t *config, const struct bundle_wish *w, struct err *err)
{
    const char *dir = w->workdir ? w->workdir : json_string_value(json_text_get(config, "WorkingDir"));
    cleanup_free char *plain = dir ? rooted_plain(dir) : NULL, *place = NULL;

    if (!dir)
        return 0;
    if (!plain)
        return err_errno(err, ENOMEM, "working directory");
    if (w->workdir && is_in(plain, "/proc"))
        return 0;
    int r = follow(rootfd, dir, "working directory", &place, err);
    if (r == 0 && is_in(place, "/proc"))
        r = err_set(err, EINVAL, "working directory %s of the image leads into /proc; -w names another one",
                    dir);
    return r;
}

/* ---- mounts */

static int add(char ***list, size_t *n, char *place)
{
    char **grown = reallocarray(*list, *n + 2, sizeof *grown);

    if (!grown)
        return -ENOMEM;
    grown[(*n)++] = place;
    grown[*n] = NULL;
    *list = grown;
    return 0;
}

/* Append the resolved `path` if an image may mount there and it is not in the list. */
static int add_scratch(struct bundle_places *p, size_t *n, int rootfd, const char *path, struct err *err)
{
    cleanup_free char *place = NULL;
    int r = follow(rootfd, path, "volume", &place, err);

    if (r < 0 || is_closed(place))
        return r;
    for (size_t i = 0; i < *n; i++)
        if (strcmp(p->scratch[i], place) == 0)
            return 0;
    r = add(&p->scratch, n, place);
    if (r < 0)
        return err_errno(err, -r, "volume");
    place = NULL;
    return 0;
}

static int find_scratch(struct bundle_places *p, int rootfd, json_t *config, struct err *err)
{
    json_t *volumes = json_text_get(config, "Volumes"), *value;
    size_t n = 0;
    const char *path;
    int r = 0;

    if (json_object_size(volumes) > BUNDLE_MAX_VOLUMES)
        return err_set(err, E2BIG, "the image has %zu volumes; at most %u can be mounted",
                       json_object_size(volumes), BUNDLE_MAX_VOLUMES);
    for (size_t i = 0; scratch[i] && r == 0; i++)
        r = add_scratch(p, &n, rootfd, scratch[i], err);
    json_object_foreach(volumes, path, value) {
        if (r == 0 && *path == '/')
            r = add_scratch(p, &n, rootfd, path, err);
    }
    return r;
}

static int find_files(struct bundle_places *p, int rootfd, struct err *err)
{
    char path[64];

    for (size_t i = 0; i < BUNDLE_N_FILES; i++) {
        snprintf(path, sizeof path, "/etc/%s", bundle_files[i]);
        int r = follow(rootfd, path, "the image's", &p->files[i], err);
        if (r < 0)
            return r;
        if (is_closed(p->files[i])) {
            free(p->files[i]);
            p->files[i] = NULL;
        }
    }
    return 0;
}

/* The user's own volumes may be in /proc, /sys or /dev. */
static int find_volume(const struct bundle_volume *v, int rootfd, struct bundle_volume *ret, struct err *err)
{
    cleanup_free char *plain = rooted_plain(v->destination), *place = NULL;
    int r = plain ? follow(rootfd, v->destination, "volume", &place, err)
                  : err_errno(err, ENOMEM, "volume %s", v->destination);

    if (r < 0)
        return r;
    if (is_closed(place) && strcmp(place, plain) != 0)
        return err_set(err, EINVAL, "volume %s: a link of the image leads to %s; name another path",
                       v->destination, place);
    *ret = *v;
    ret->destination = steal_ptr(&place);
    return 0;
}

/* The volume with a directory of the host in which `place` lies, the innermost one; NULL: none. */
static const struct bundle_volume *around(const struct bundle_places *p, const char *place)
{
    const struct bundle_volume *found = NULL;

    for (size_t i = 0; i < p->n_volumes; i++) {
        const struct bundle_volume *v = &p->volumes[i];

        if (v->source && is_in(place, v->destination) && strcmp(place, v->destination) != 0 &&
            (!found || strlen(v->destination) > strlen(found->destination)))
            found = v;
    }
    return found;
}

/* Containers write to volumes, so one can hold a link that leads a later mount to /proc, /sys or /dev. */
static int check_volumes(const struct bundle_places *p, struct err *err)
{
    for (size_t i = 0; i < p->n_volumes; i++) {
        const char *place = p->volumes[i].destination;
        const struct bundle_volume *v = around(p, place);
        cleanup_fd int dir = v ? open(v->source, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        cleanup_free char *inside = NULL;

        if (dir < 0) /* a file, beneath which the runtime refuses to mount */
            continue;
        const char *rest = place + (strcmp(v->destination, "/") == 0 ? 0 : strlen(v->destination));
        int r = follow(dir, rest, "volume", &inside, err);
        if (r < 0)
            return r;
        if (strcmp(inside, rest) != 0)
            return err_set(err, EINVAL,
                           "volume %s: its path goes through a symbolic link in %s; use another path", place,
                           v->source);
    }
    return 0;
}

static int find_volumes(struct bundle_places *p, int rootfd, const struct bundle_wish *w, struct err *err)
{
    int r = 0;

    p->volumes = calloc(w->n_volumes + 1, sizeof *p->volumes);
    if (!p->volumes)
        return err_errno(err, ENOMEM, "volumes");
    for (size_t i = 0; i < w->n_volumes && r == 0; i++) {
        r = find_volume(&w->volumes[i], rootfd, &p->volumes[i], err);
        if (r == 0)
            p->n_volumes++;
    }
    return r < 0 ? r : check_volumes(p, err);
}

int bundle_places_find(int rootfd, const char *config, size_t len, const struct bundle_wish *w,
                       struct bundle_places *ret, struct err *err)
{
    cleanup_json json_t *image = NULL;
    int r = json_text_parse(config, len, &image, err);

    *ret = (struct bundle_places){0};
    if (r < 0)
        return r;
    json_t *part = json_text_get(image, "config");
    r = check_system(rootfd, err);
    if (r == 0)
        r = check_workdir(rootfd, part, w, err);
    if (r == 0 && w->read_only)
        r = find_scratch(ret, rootfd, part, err);
    if (r == 0)
        r = find_files(ret, rootfd, err);
    if (r == 0)
        r = find_volumes(ret, rootfd, w, err);
    if (r < 0)
        bundle_places_free(ret);
    return r;
}

void bundle_places_free(struct bundle_places *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->scratch && p->scratch[i]; i++)
        free(p->scratch[i]);
    free(p->scratch);
    for (size_t i = 0; i < BUNDLE_N_FILES; i++)
        free(p->files[i]);
    for (size_t i = 0; i < p->n_volumes; i++)
        free(p->volumes[i].destination);
    free(p->volumes);
    *p = (struct bundle_places){0};
}
