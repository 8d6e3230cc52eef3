/* SPDX-License-Identifier: Apache-2.0 */
#include "image/config_edit.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "image/instruction.h"
#include "image/json_text.h"
#include "image/manifest.h"
#include "os/cleanup.h"

static int format_time(int64_t seconds, char buf[32])
{
    time_t t = seconds;
    struct tm tm;

    if (seconds < 0 || seconds > CONFIG_TIME_MAX || !gmtime_r(&t, &tm))
        return -EINVAL;
    return strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) ? 0 : -EINVAL;
}

/* Sets object[key] = text, unless text is NULL. -EINVAL if it is not UTF-8. */
static int set_text(json_t *object, const char *key, const char *text)
{
    json_t *value = text ? json_string(text) : NULL;

    if (!text)
        return 0;
    return value ? (json_object_set_new(object, key, value) ? -ENOMEM : 0) : -EINVAL;
}

/* Returns the array `key` of an object; creates it if missing, empties it with `empty`. */
static json_t *array_in(json_t *object, const char *key, bool empty)
{
    json_t *array = json_object_get(object, key);

    if (json_is_array(array) && !empty)
        return array;
    array = json_array();
    return array && json_object_set_new(object, key, array) == 0 ? array : NULL;
}

static size_t count_layers(const json_t *history)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(history); i++)
        n += !json_is_true(json_object_get(json_array_get(history, i), "empty_layer"));
    return n;
}

/* Adds the new entry, and empty ones for earlier layers without an entry: tools match entries to layers by
 * their count. */
static int add_history(json_t *root, const struct config_edit *e, size_t layers_before, const char *when)
{
    json_t *history = array_in(root, "history", e->alone), *entry;
    int r;

    if (!history)
        return -ENOMEM;
    for (size_t n = count_layers(history); !e->alone && n < layers_before; n++)
        if (json_array_append_new(history, json_object()) < 0)
            return -ENOMEM;
    entry = json_object();
    if (!entry || json_array_append_new(history, entry) < 0)
        return -ENOMEM;
    r = set_text(entry, "created", when);
    if (r == 0)
        r = set_text(entry, "created_by", e->created_by);
    if (r == 0)
        r = set_text(entry, "author", e->author);
    if (r == 0)
        r = set_text(entry, "comment", e->comment);
    if (r == 0 && !e->diff_id && json_object_set_new(entry, "empty_layer", json_true()) < 0)
        r = -ENOMEM;
    return r;
}

static int add_layer(json_t *root, const struct config_edit *e, size_t *ret_before)
{
    json_t *rootfs = json_object_get(root, "rootfs");
    json_t *ids = json_is_object(rootfs) ? array_in(rootfs, "diff_ids", false) : NULL;
    char text[DIGEST_STRING_MAX];

    *ret_before = json_array_size(ids);
    if (!ids)
        return -EINVAL;
    if (e->alone && json_array_clear(ids) < 0)
        return -ENOMEM;
    if (e->diff_id && json_array_append_new(ids, json_string(digest_string(e->diff_id, text))) < 0)
        return -ENOMEM;
    return 0;
}

static int apply_instructions(json_t *root, const struct config_edit *e, struct err *err)
{
    json_t *config = json_object_get(root, "config");
    struct instruction_state state = {false};
    int r = 0;

    if (e->n_instructions && !json_is_object(config)) {
        config = json_object();
        if (!config || json_object_set_new(root, "config", config) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < e->n_instructions; i++)
        r = instruction_apply(config, &state, e->instructions[i], err);
    return r;
}

static int edit(json_t *root, const struct config_edit *e, struct err *err)
{
    size_t before;
    char when[32];
    int r = format_time(e->created, when);

    if (r < 0)
        return err_set(err, EINVAL, "the time of the image is none");
    r = add_layer(root, e, &before);
    if (r == 0)
        r = add_history(root, e, before, when);
    if (r == 0)
        r = set_text(root, "created", when);
    if (r == 0)
        r = set_text(root, "author", e->author);
    if (r < 0)
        return err_set(err, -r, "the new config cannot be written%s",
                       r == -EINVAL ? ": message or author is not UTF-8" : "");
    return apply_instructions(root, e, err);
}

int config_edit(const char *json, size_t len, const struct config_edit *e, char **ret, size_t *ret_len,
                struct digest *ret_digest, struct err *err)
{
    cleanup_json json_t *root = NULL;
    cleanup_free char *text = NULL;
    struct image_config check;
    int r = json_text_parse(json, len, &root, err);

    if (r == 0)
        r = edit(root, e, err);
    if (r < 0)
        return r;
    text = json_text_dump(root, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return err_errno(err, ENOMEM, "the new config");
    len = strlen(text);
    r = image_config_parse(text, len, &check, err); /* refuse a config that could not be read again */
    if (r < 0)
        return err_prefix(err, r, "the new config");
    image_config_free(&check);
    r = digest_of(DIGEST_SHA256, text, len, ret_digest);
    if (r < 0)
        return err_errno(err, -r, "the new config");
    *ret_len = len;
    *ret = steal_ptr(&text);
    return 0;
}
