/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the JSON object that the template is filled with. Texts of the image become inert (os/inert.h) here, in the
 * form that `mica layers` and the like print. All: 0 or -ENOMEM. */
#ifndef MICA_REPORT_VALUES_H
#define MICA_REPORT_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define VALUES_TEXT_MAX 2000 /* bytes of one text; the middle of a longer one is left out */

/* `flags` as in show/text.h; NULL is "". */
int values_text(json_t *o, const char *key, const char *text, int flags);
/* The same with another limit. */
int values_cut(json_t *o, const char *key, const char *text, int flags, size_t max);
/* At most `max` characters of a name, with an ellipsis at the end. */
int values_short(json_t *o, const char *key, const char *text, size_t max);
int values_number(json_t *o, const char *key, uint64_t n);
int values_bool(json_t *o, const char *key, bool value);
/* KEY: the bytes; KEY_text: "1.2 MB". */
int values_size(json_t *o, const char *key, uint64_t bytes);
/* "12.3%", rounded half up. */
int values_percent(json_t *o, const char *key, uint64_t part, uint64_t whole);
/* "12.34": part / whole in hundredths of a percent, rounded down, without the sign. */
int values_hundredths(json_t *o, const char *key, uint64_t part, uint64_t whole);
/* Adds an element to the array. Takes it over, also on failure; `r` is passed on when it is an error. */
int values_add(json_t *array, json_t *element, int r);

#endif
