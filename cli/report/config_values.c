/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "report/page_values.h"
#include "report/values.h"

struct listing {
    json_t *rows;
    size_t lines;
    bool more;
};

/* A line: a text as it is, another value as JSON. `key` is "" in a list. */
static int add_line(struct listing *l, json_t *lines, const char *key, const json_t *value)
{
    cleanup_free char *text = NULL;
    json_t *o;
    int r;

    if (l->lines++ >= CONFIG_ROWS_MAX) {
        l->more = true;
        return 0;
    }
    if (!json_is_string(value) &&
        !(text = json_text_dump(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS)))
        return -ENOMEM;
    o = json_object();
    r = values_text(o, "key", key, 0);
    if (r == 0)
        r = values_text(o, "value", text ? text : json_string_value(value), 0);
    return values_add(lines, o, r);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members of an object in the order of their names, since that of jansson is not promised. Free the list. */
static const char **sorted_keys(json_t *object, size_t *ret_n)
{
    const char **keys = calloc(json_object_size(object) + 1, sizeof *keys), *key;
    json_t *value;
    size_t n = 0;

    if (keys)
        json_object_foreach(object, key, value)
            keys[n++] = key;
    if (n)
        qsort(keys, n, sizeof *keys, by_name);
    *ret_n = n;
    return keys;
}

static int add_lines(struct listing *l, json_t *lines, json_t *value)
{
    int r = 0;

    if (json_is_array(value)) {
        for (size_t i = 0; r == 0 && i < json_array_size(value); i++)
            r = add_line(l, lines, "", json_array_get(value, i));
        return r;
    }
    if (!json_is_object(value))
        return add_line(l, lines, "", value);
    size_t n;
    cleanup_free const char **keys = sorted_keys(value, &n);
    for (size_t i = 0; r == 0 && keys && i < n; i++)
        r = add_line(l, lines, keys[i], json_object_get(value, keys[i]));
    return keys ? r : -ENOMEM;
}

static int add_member(struct listing *l, const char *name, json_t *value)
{
    json_t *o, *lines;
    int r;

    if (!value || json_is_null(value) || l->more)
        return 0;
    lines = json_array();
    o = json_object();
    r = o && lines ? add_lines(l, lines, value) : -ENOMEM;
    if (r == 0 && (values_text(o, "name", name, 0) < 0 || json_object_set(o, "lines", lines) < 0))
        r = -ENOMEM;
    if (r == 0 && json_array_size(lines) == 0) {
        json_decref(o);
        o = NULL;
    }
    json_decref(lines);
    return r == 0 && !o ? 0 : values_add(l->rows, o, r);
}

static int add_members(struct listing *l, json_t *config)
{
    static const char *const outside[] = {"author", "created", "architecture", "variant", "os", "os.version"};
    json_t *inner = json_object_get(config, "config");
    size_t n;
    cleanup_free const char **keys = sorted_keys(inner, &n);
    int r = keys ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < sizeof outside / sizeof *outside; i++)
        r = add_member(l, outside[i], json_object_get(config, outside[i]));
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_member(l, keys[i], json_object_get(inner, keys[i]));
    return r;
}

int config_values(const struct image *image, json_t *o, struct err *err)
{
    json_t *config = NULL;
    struct listing l = {.rows = json_array()};
    int r = json_text_parse(image->config_json, image->config_len, &config, err);

    if (r == 0)
        r = l.rows ? add_members(&l, config) : -ENOMEM;

    if (r == 0 && (json_object_set(o, "config", l.rows) < 0 || values_bool(o, "config_more", l.more) < 0))
        r = -ENOMEM;
    json_decref(l.rows);
    json_decref(config);
    return r;
}
