/* SPDX-License-Identifier: Apache-2.0 */
/* jansson does the parsing; this file adds the limits and checks that it lacks. */
#include "image/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_tame.h"
#include "image/manifest.h"

/* Checks depth and number of values in the text before jansson allocates: a value of three bytes such as
 * "{}," costs jansson some 200 bytes, and it parses and frees nested values by recursion. Every value but
 * the first follows a "[", "{" or ",", so their count bounds the number of values of any text that jansson
 * accepts. */
static int check_bounds(const char *json, size_t len, struct err *err)
{
    size_t depth = 0, values = 1;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = json[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            depth++;
            values++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        } else if (c == ',') {
            values++;
        }
        if (depth > JSON_TEXT_MAX_DEPTH)
            return err_set(err, E2BIG, "the JSON is nested deeper than %u levels", JSON_TEXT_MAX_DEPTH);
        if (values > JSON_TEXT_MAX_VALUES)
            return err_set(err, E2BIG, "the JSON has more than %u values", JSON_TEXT_MAX_VALUES);
    }
    return 0;
}

int json_text_parse(const char *json, size_t len, json_t **ret, struct err *err)
{
    cleanup_buf struct buf tame = BUF_INIT;
    json_error_t e;
    json_t *root;
    int r;

    if (len > MANIFEST_MAX_BYTES)
        return err_set(err, EFBIG, "the JSON has %zu bytes, more than the %u that are allowed", len,
                       MANIFEST_MAX_BYTES);
    r = check_bounds(json, len, err);
    if (r < 0)
        return r;
    if (json_tame(json, len, &tame) < 0)
        return err_errno(err, ENOMEM, "JSON of %zu bytes", len);
    root = json_loadb(tame.data ? tame.data : "", tame.len, JSON_REJECT_DUPLICATES, &e);
    /* jansson says nothing where it cannot allocate an object. */
    if (!root && (json_error_code(&e) == json_error_out_of_memory || !*e.text))
        return err_errno(err, ENOMEM, "JSON of %zu bytes", len);
    if (!root)
        return err_set(err, EINVAL, "not valid JSON: %s (line %d, column %d)", e.text, e.line, e.column);
    *ret = root;
    return 0;
}

/* Reads one character of a key, folded as Go's encoding/json does; advances *s. Besides ASCII case, Go
 * takes U+017F (long s) for "s" and U+212A (the Kelvin sign) for "k". Known keys are ASCII, so no other
 * character matters. */
static int fold_next(const char **s)
{
    const char *p = *s;

    if (strncmp(p, "\xc5\xbf", 2) == 0) {
        *s += 2;
        return 's';
    }
    if (strncmp(p, "\xe2\x84\xaa", 3) == 0) {
        *s += 3;
        return 'k';
    }
    *s += 1;
    return p[0] >= 'A' && p[0] <= 'Z' ? p[0] - 'A' + 'a' : (unsigned char)p[0];
}

static bool equal_folded(const char *a, const char *b)
{
    int x, y;

    do {
        x = fold_next(&a);
        y = fold_next(&b);
    } while (x == y && x);
    return x == y;
}

int json_text_check_object(json_t *object, const char *const known[], struct err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return err_set(err, EINVAL, "not a JSON object");
    json_object_foreach(object, key, value)
        for (size_t i = 0; known[i]; i++)
            if (strcmp(key, known[i]) != 0 && equal_folded(key, known[i]))
                return err_set(err, EINVAL, "the key \"%s\" could be read as \"%s\"", key, known[i]);
    return 0;
}

json_t *json_text_get(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

static int wrong_type(const char *key, const char *expected, struct err *err)
{
    return err_set(err, EINVAL, "\"%s\" is not %s", key, expected);
}

int json_text_array(const json_t *object, const char *key, json_t **ret, struct err *err)
{
    json_t *value = json_text_get(object, key);

    if (value && !json_is_array(value))
        return wrong_type(key, "an array", err);
    *ret = value;
    return 0;
}

int json_text_object(const json_t *object, const char *key, json_t **ret, struct err *err)
{
    json_t *value = json_text_get(object, key);

    if (value && !json_is_object(value))
        return wrong_type(key, "an object", err);
    *ret = value;
    return 0;
}

int json_text_bool(const json_t *object, const char *key, bool *ret, struct err *err)
{
    json_t *value = json_text_get(object, key);

    if (value && !json_is_boolean(value))
        return wrong_type(key, "true or false", err);
    *ret = json_is_true(value);
    return 0;
}

int json_text_peek(const json_t *object, const char *key, const char **ret, struct err *err)
{
    json_t *value = json_text_get(object, key);

    if (value && !json_is_string(value))
        return wrong_type(key, "a string", err);
    *ret = json_string_value(value);
    return 0;
}

int json_text_string(const json_t *object, const char *key, char **ret, struct err *err)
{
    const char *text;
    char *copy = NULL;
    int r = json_text_peek(object, key, &text, err);

    if (r < 0)
        return r;
    if (text) {
        copy = strdup(text);
        if (!copy)
            return err_errno(err, ENOMEM, "\"%s\"", key);
    }
    *ret = copy;
    return 0;
}

int json_text_short(const json_t *object, const char *key, char *buf, size_t size, struct err *err)
{
    const char *text;
    int r = json_text_peek(object, key, &text, err);

    if (r < 0)
        return r;
    if (!text)
        text = "";
    if (strlen(text) >= size)
        return err_set(err, EINVAL, "\"%s\" is longer than %zu bytes", key, size - 1);
    memcpy(buf, text, strlen(text) + 1);
    return 0;
}

int json_text_strings(const json_t *object, const char *key, char ***ret, size_t *ret_n, struct err *err)
{
    char **strings = NULL;
    json_t *array;
    size_t n;
    int r = json_text_array(object, key, &array, err);

    if (r < 0)
        return r;
    n = json_array_size(array);
    if (array) {
        strings = calloc(n + 1, sizeof(*strings));
        if (!strings)
            return err_errno(err, ENOMEM, "\"%s\"", key);
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(array, i));

        strings[i] = text ? strdup(text) : NULL;
        if (strings[i])
            continue;
        json_text_strings_free(strings);
        return text ? err_errno(err, ENOMEM, "\"%s\"", key) : wrong_type(key, "an array of strings", err);
    }
    *ret = strings;
    if (ret_n)
        *ret_n = n;
    return 0;
}

void json_text_strings_free(char **strings)
{
    for (size_t i = 0; strings && strings[i]; i++)
        free(strings[i]);
    free(strings);
}

int json_text_size(const json_t *object, const char *key, uint64_t *ret, struct err *err)
{
    json_t *value = json_text_get(object, key);

    if (!value)
        return err_set(err, EINVAL, "\"%s\" is missing", key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return wrong_type(key, "an integer of 0 or more", err);
    *ret = (uint64_t)json_integer_value(value);
    return 0;
}

/* ---- making */

int json_text_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

int json_text_append(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) < 0 ? -ENOMEM : 0;
}

char *json_text_dump(const json_t *value, size_t flags)
{
    size_t size = json_dumpb(value, NULL, 0, flags);
    char *text = size > 0 ? malloc(size + 1) : NULL;

    if (!text || json_dumpb(value, text, size, flags) != size) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}
