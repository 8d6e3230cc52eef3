/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to jansson's values, with bounds, and typed access to an object's fields. Shared by the parsers
 * of this folder.
 *
 * A field that is absent and one that is `null` are the same thing. Fields that are not asked for are passed
 * over, but a key that differs from a known one only in case is refused: tools written in Go would read it as
 * the known one.
 */
#ifndef MICA_IMAGE_JSON_TEXT_H
#define MICA_IMAGE_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "os/cleanup.h"
#include "os/err.h"

#define JSON_TEXT_MAX_DEPTH  64u
#define JSON_TEXT_MAX_VALUES (1u << 17)

/* Parses one JSON text. Refused: more than MANIFEST_MAX_BYTES (-EFBIG), more nesting or values than above
 * (-E2BIG), and with -EINVAL what is no object or array, has a key twice in one object, a NUL, text that is
 * not UTF-8, or anything behind it. Numbers out of range and escapes of no character are as json_tame has
 * them. *ret is the caller's to decref. */
int json_text_parse(const char *json, size_t len, json_t **ret, struct err *err);

/* Is `object` an object in which no key differs from one of `known` (NULL-terminated) only in case? */
int json_text_check_object(json_t *object, const char *const known[], struct err *err);

/* The value of a field, borrowed; NULL when it is absent or null. */
json_t *json_text_get(const json_t *object, const char *key);

/* Typed fields. 0 with nothing (NULL, false, an empty string) when absent; -EINVAL with a line for any other
 * type. */
int json_text_array(const json_t *object, const char *key, json_t **ret, struct err *err);  /* borrowed */
int json_text_object(const json_t *object, const char *key, json_t **ret, struct err *err); /* borrowed */
int json_text_bool(const json_t *object, const char *key, bool *ret, struct err *err);
int json_text_peek(const json_t *object, const char *key, const char **ret,
                   struct err *err); /* a string, borrowed */
int json_text_string(const json_t *object, const char *key, char **ret,
                     struct err *err); /* a string, fresh memory */
int json_text_short(const json_t *object, const char *key, char *buf, size_t size,
                    struct err *err); /* copied to buf */
/* An array of strings: NULL-terminated fresh memory for json_text_strings_free; `ret_n` may be NULL. */
int json_text_strings(const json_t *object, const char *key, char ***ret, size_t *ret_n, struct err *err);
void json_text_strings_free(char **strings);
/* A required integer of 0 or more. */
int json_text_size(const json_t *object, const char *key, uint64_t *ret, struct err *err);

/* object[key] = value, and value as the last of an array. `value` is taken over, also on failure; NULL is one
 * that could not be made. 0 or -ENOMEM, where jansson says -1: that would be read as -EPERM. */
int json_text_put(json_t *object, const char *key, json_t *value);
int json_text_append(json_t *array, json_t *value);

/* The text of a value, NUL-terminated, as json_dumps(3); NULL without memory. Jansson's own goes on where it
 * could not append a part, and gives a text without that. */
char *json_text_dump(const json_t *value, size_t flags);

static inline void cleanup_json_p(json_t **value)
{
    json_decref(*value);
}

#define cleanup_json cleanup(cleanup_json_p)

#endif
