/* SPDX-License-Identifier: Apache-2.0 */
/* JSON on standard output. Every listing is an array with one object per line, written at once, so that a
 * listing of a million names uses little memory. Characters that could control a terminal, break a line or
 * hide (os/inert.h) are \u-escaped, on a terminal all but ASCII. */
#ifndef MICA_SHOW_JSON_OUT_H
#define MICA_SHOW_JSON_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "image/digest.h"

/* Sets obj[key] = text; NULL gives null. Bytes that are not UTF-8 become U+FFFD, and obj[key "_hex"] then
 * has all bytes of the text in hexadecimal. 0 or -ENOMEM. */
int json_set_text(json_t *obj, const char *key, const char *s, size_t len);
int json_set_str(json_t *obj, const char *key, const char *s);
int json_set_digest(json_t *obj, const char *key, const struct digest *d);
int json_set_number(json_t *obj, const char *key, uint64_t n);

struct json_list {
    FILE *out;
    size_t n;
};
#define JSON_LIST_INIT                                                                                       \
    {                                                                                                        \
        stdout, 0                                                                                            \
    }
/* Writes an element and releases it (also on failure). -EIO if writing failed, -ENOMEM for NULL. */
int json_list_add(struct json_list *l, json_t *element);
int json_list_end(struct json_list *l);

/* Writes one value, indented, and a newline. Releases it. */
int json_print(FILE *out, json_t *value);

#endif
