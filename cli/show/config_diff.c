/* SPDX-License-Identifier: Apache-2.0 */
/* The differences between the configs of two images: members of "config", and the image's platform.
 * Compares arrays and objects element by element. */
#include "show/config_diff.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "os/array.h"
#include "os/buf.h"
#include "show/image_diff.h"

#define SETS_MAX 1000 /* elements that are compared pairwise */
#define TEXT     (JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS)

static int add(struct image_diff *d, const char *member, char *before, char *after)
{
    struct config_change *list = array_room(d->config, d->n_config, sizeof *list);

    if (list)
        d->config = list;
    char *name = list ? strdup(member) : NULL;
    if (!name) {
        free(before);
        free(after);
        return -ENOMEM;
    }
    list[d->n_config++] = (struct config_change){name, before, after};
    return 0;
}

static int add_values(struct image_diff *d, const char *member, const json_t *before, const json_t *after)
{
    char *a = before ? json_dumps(before, TEXT) : NULL, *b = after ? json_dumps(after, TEXT) : NULL;

    if ((before && !a) || (after && !b)) {
        free(a);
        free(b);
        return -ENOMEM;
    }
    return add(d, member, a, b);
}

static bool has_element(const json_t *array, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (json_equal(json_array_get(array, i), value))
            return true;
    }
    return false;
}

/* For Env and the like, whose elements are independent. */
static int compare_sets(struct image_diff *d, const char *member, const json_t *a, const json_t *b)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < json_array_size(a); i++) {
        if (!has_element(b, json_array_get(a, i)))
            r = add_values(d, member, json_array_get(a, i), NULL);
    }
    for (size_t i = 0; r == 0 && i < json_array_size(b); i++) {
        if (!has_element(a, json_array_get(b, i)))
            r = add_values(d, member, NULL, json_array_get(b, i));
    }
    return r;
}

static int compare_value(struct image_diff *d, const char *member, const json_t *a, const json_t *b)
{
    a = json_is_null(a) ? NULL : a;
    b = json_is_null(b) ? NULL : b;
    if ((!a && !b) || (a && b && json_equal(a, b)))
        return 0;
    if (strcmp(member, "Env") == 0 && (!a || json_is_array(a)) && (!b || json_is_array(b)) &&
        json_array_size(a) <= SETS_MAX && json_array_size(b) <= SETS_MAX) {
        size_t before = d->n_config;
        int r = compare_sets(d, member, a, b);

        if (r < 0 || d->n_config > before) /* otherwise only the order differs */
            return r;
    }
    return add_values(d, member, a, b);
}

/* Compares one level of an object; `prefix` precedes the names. */
static int compare_object(struct image_diff *d, const char *prefix, json_t *a, json_t *b)
{
    const char *key;
    json_t *value;
    int r = 0;

    json_object_foreach(a, key, value) {
        cleanup_buf struct buf name = BUF_INIT;

        r = r == 0 ? buf_printf(&name, "%s%s", prefix, key) : r;
        if (r == 0 && strcmp(key, "Labels") == 0 && json_is_object(value) &&
            json_is_object(json_object_get(b, key)))
            r = compare_object(d, "Labels.", value, json_object_get(b, key));
        else if (r == 0)
            r = buf_str(&name) ? compare_value(d, name.data, value, json_object_get(b, key)) : -ENOMEM;
    }
    json_object_foreach(b, key, value) {
        cleanup_buf struct buf name = BUF_INIT;

        if (r < 0 || json_object_get(a, key))
            continue;
        r = buf_printf(&name, "%s%s", prefix, key);
        if (r == 0)
            r = buf_str(&name) ? compare_value(d, name.data, NULL, value) : -ENOMEM;
    }
    return r;
}

int config_diff_make(const struct image *a, const struct image *b, struct image_diff *ret, struct err *err)
{
    static const char *const members[] = {"architecture", "os", "variant", "os.version"};
    json_t *ja = NULL, *jb = NULL;
    int r = json_text_parse(a->config_json, strlen(a->config_json), &ja, err);

    if (r == 0)
        r = json_text_parse(b->config_json, strlen(b->config_json), &jb, err);
    for (size_t i = 0; r == 0 && i < sizeof members / sizeof *members; i++)
        r = compare_value(ret, members[i], json_object_get(ja, members[i]), json_object_get(jb, members[i]));
    if (r == 0)
        r = compare_object(ret, "", json_object_get(ja, "config"), json_object_get(jb, "config"));
    json_decref(ja);
    json_decref(jb);
    return r;
}
