/* SPDX-License-Identifier: Apache-2.0 */
/* Image configs (image-spec config.md). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/descriptor.h"
#include "image/shape.h"

static int read_diff_ids(const json_t *root, struct image_config *c, struct err *err)
{
    static const char *const known[] = {"type", "diff_ids", NULL};
    const char *type;
    json_t *rootfs, *ids;
    int r = json_text_object(root, "rootfs", &rootfs, err);

    if (r >= 0)
        r = json_text_check_object(rootfs, known, err);
    if (r >= 0)
        r = json_text_peek(rootfs, "type", &type, err);
    if (r >= 0)
        r = json_text_array(rootfs, "diff_ids", &ids, err);
    if (r < 0)
        return err_prefix(err, r, "rootfs");
    if (!type || strcmp(type, "layers") != 0)
        return err_set(err, EINVAL, "rootfs.type is \"%.200s\", not \"layers\"", type ? type : "");
    if (json_array_size(ids) > MANIFEST_MAX_LAYERS)
        return err_set(err, E2BIG, "%zu layers are more than the %u that are allowed", json_array_size(ids),
                       MANIFEST_MAX_LAYERS);
    c->diff_ids = calloc(json_array_size(ids) + 1, sizeof(*c->diff_ids));
    if (!c->diff_ids)
        return err_errno(err, ENOMEM, "rootfs.diff_ids");
    for (c->n_diff_ids = 0; c->n_diff_ids < json_array_size(ids); c->n_diff_ids++) {
        r = digest_read(json_array_get(ids, c->n_diff_ids), &c->diff_ids[c->n_diff_ids], err);
        if (r < 0)
            return err_prefix(err, r, "rootfs.diff_ids[%zu]", c->n_diff_ids);
    }
    return 0;
}

static int read_history_entry(json_t *object, struct history *h, struct err *err)
{
    static const char *const known[] = {"created", "created_by", "author", "comment", "empty_layer", NULL};
    int r = json_text_check_object(object, known, err);

    if (r >= 0)
        r = json_text_string(object, "created", &h->created, err);
    if (r >= 0)
        r = json_text_string(object, "created_by", &h->created_by, err);
    if (r >= 0)
        r = json_text_string(object, "author", &h->author, err);
    if (r >= 0)
        r = json_text_string(object, "comment", &h->comment, err);
    if (r >= 0)
        r = json_text_bool(object, "empty_layer", &h->empty_layer, err);
    return r;
}

static int read_history(const json_t *root, struct image_config *c, struct err *err)
{
    json_t *array;
    int r = json_text_array(root, "history", &array, err);

    if (r < 0 || !array)
        return r;
    c->n_history = json_array_size(array);
    c->history = calloc(c->n_history + 1, sizeof(*c->history));
    if (!c->history) {
        c->n_history = 0;
        return err_errno(err, ENOMEM, "history");
    }
    for (size_t i = 0; i < c->n_history; i++) {
        r = read_history_entry(json_array_get(array, i), &c->history[i], err);
        if (r < 0)
            return err_prefix(err, r, "history[%zu]", i);
    }
    return 0;
}

/* Docker accepts, and some builders write, a one-word command as a bare string. */
static int read_command(const json_t *object, const char *key, char ***ret, struct err *err)
{
    const char *word = json_string_value(json_object_get(object, key));
    char **command;

    if (!word)
        return json_text_strings(object, key, ret, NULL, err);
    command = calloc(2, sizeof(*command));
    if (command)
        command[0] = strdup(word);
    if (!command || !command[0]) {
        free(command);
        return err_errno(err, ENOMEM, "\"%s\"", key);
    }
    *ret = command;
    return 0;
}

/* Writers represent an unset value as absent or as "". */
static int read_setting(const json_t *object, const char *key, char **ret, struct err *err)
{
    int r = json_text_string(object, key, ret, err);

    if (r >= 0 && *ret && !**ret) {
        free(*ret);
        *ret = NULL;
    }
    return r;
}

/* Reads the members that say how to start a container of the image. */
static int read_execution(const json_t *root, struct image_config *c, struct err *err)
{
    static const char *const known[] = {"Env", "Entrypoint", "Cmd", "WorkingDir", "User", "StopSignal", NULL};
    json_t *config;
    int r = json_text_object(root, "config", &config, err);

    if (r < 0 || !config)
        return r;
    r = json_text_check_object(config, known, err);
    if (r >= 0)
        r = json_text_strings(config, "Env", &c->env, NULL, err);
    if (r >= 0)
        r = read_command(config, "Entrypoint", &c->entrypoint, err);
    if (r >= 0)
        r = read_command(config, "Cmd", &c->cmd, err);
    if (r >= 0)
        r = read_setting(config, "WorkingDir", &c->working_dir, err);
    if (r >= 0)
        r = read_setting(config, "User", &c->user, err);
    if (r >= 0)
        r = read_setting(config, "StopSignal", &c->stop_signal, err);
    return r < 0 ? err_prefix(err, r, "config") : 0;
}

static int read_config(const json_t *root, struct image_config *c, struct err *err)
{
    int r = read_diff_ids(root, c, err);

    if (r >= 0)
        r = read_history(root, c, err);
    if (r >= 0)
        r = platform_read(root, &c->platform, err);
    if (r >= 0)
        r = json_text_string(root, "created", &c->created, err);
    if (r >= 0)
        r = json_text_string(root, "author", &c->author, err);
    if (r >= 0)
        r = read_execution(root, c, err);
    return r;
}

int image_config_parse(const char *json, size_t len, struct image_config *ret, struct err *err)
{
    struct image_config c = {0};
    cleanup_json json_t *root = NULL;
    int r = json_text_parse(json, len, &root, err);

    if (r >= 0)
        r = shape_expect(root, SHAPE_CONFIG, err);
    if (r >= 0)
        r = read_config(root, &c, err);
    if (r < 0)
        image_config_free(&c);
    else
        *ret = c;
    return r;
}

void image_config_free(struct image_config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_history; i++) {
        free(c->history[i].created);
        free(c->history[i].created_by);
        free(c->history[i].author);
        free(c->history[i].comment);
    }
    free(c->history);
    free(c->diff_ids);
    free(c->created);
    free(c->author);
    json_text_strings_free(c->env);
    json_text_strings_free(c->entrypoint);
    json_text_strings_free(c->cmd);
    free(c->working_dir);
    free(c->user);
    free(c->stop_signal);
    *c = (struct image_config){0};
}
