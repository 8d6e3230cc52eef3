/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing bytes to jansson's values, with limits, and typed access to an object's fields. Shared by the
 * parsers of this folder.
 *
 * An absent field and a `null` field are equivalent. Unknown fields are ignored, but a key that differs from
 * a known one only in case is refused: tools written in Go would read it as the known one.
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

/* Parses one JSON text; the caller decrefs *ret. Refuses more than MANIFEST_MAX_BYTES (-EFBIG), more
 * nesting or values than above (-E2BIG), and with -EINVAL a text that is not an object or array, a
 * duplicate key, a NUL, text that is not UTF-8, or trailing text. Numbers out of range and invalid escapes
 * are converted by json_tame. */
int json_text_parse(const char *json, size_t len, json_t **ret, struct err *err);

/* Checks that `object` is an object without a key that differs from one of `known` (NULL-terminated) only
 * in case. -EINVAL with a line. */
int json_text_check_object(json_t *object, const char *const known[], struct err *err);

/* Returns the value of a field, borrowed; NULL if absent or null. */
json_t *json_text_get(const json_t *object, const char *key);

/* Get typed fields. 0 with an empty value (NULL, false, an empty string) if absent; -EINVAL with a line
 * for another type. */
int json_text_array(const json_t *object, const char *key, json_t **ret, struct err *err);  /* borrowed */
int json_text_object(const json_t *object, const char *key, json_t **ret, struct err *err); /* borrowed */
int json_text_bool(const json_t *object, const char *key, bool *ret, struct err *err);
int json_text_peek(const json_t *object, const char *key, const char **ret,
                   struct err *err); /* a string, borrowed */
int json_text_string(const json_t *object, const char *key, char **ret,
                     struct err *err); /* a string, fresh memory */
int json_text_short(const json_t *object, const char *key, char *buf, size_t size,
                    struct err *err); /* copied to buf */
/* Gets an array of strings: NULL-terminated fresh memory, freed by json_text_strings_free; `ret_n` may be
 * NULL. */
int json_text_strings(const json_t *object, const char *key, char ***ret, size_t *ret_n, struct err *err);
void json_text_strings_free(char **strings);
/* Gets a required integer of 0 or more. */
int json_text_size(const json_t *object, const char *key, uint64_t *ret, struct err *err);

/* Set object[key], or append to an array. Take over `value`, also on failure; NULL counts as lack of
 * memory. 0 or -ENOMEM: jansson's own -1 would read as -EPERM. */
int json_text_put(json_t *object, const char *key, json_t *value);
int json_text_append(json_t *array, json_t *value);

/* Serialises a value as json_dumps(3), NUL-terminated, in fresh memory; NULL on lack of memory. jansson's
 * own function omits a part that it could not append, and succeeds. */
char *json_text_dump(const json_t *value, size_t flags);

static inline void cleanup_json_p(json_t **value)
{
    json_decref(*value);
}

#define cleanup_json cleanup(cleanup_json_p)

#endif
