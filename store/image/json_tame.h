/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts valid JSON that jansson refuses to JSON that it accepts: tools written in Go write and read such
 * texts.
 *
 * - Escapes of NUL and of lone surrogates become U+FFFD, as in Go for the latter. - Numbers beyond 64 bits,
 * or beyond a double, become a string of their digits. That is an error where an integer is expected; other
 * fields are not read.
 */
#ifndef MICA_IMAGE_JSON_TAME_H
#define MICA_IMAGE_JSON_TAME_H

#include "os/buf.h"

/* Appends the converted `json` to `ret`. Invalid text stays invalid. 0 or -ENOMEM. */
int json_tame(const char *json, size_t len, struct buf *ret);

#endif
