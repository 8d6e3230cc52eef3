/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Valid JSON that jansson does not take, made into what it does: Go's tools write and read such texts.
 *
 * - Escapes of NUL and of half a surrogate pair stand for U+FFFD, as Go has the latter.
 * - Numbers beyond 64 bits, or beyond a double, stand for a string of their digits. Where an integer is asked
 * for, that is an error; elsewhere nobody looks.
 */
#ifndef MICA_IMAGE_JSON_TAME_H
#define MICA_IMAGE_JSON_TAME_H

#include "os/buf.h"

/* Appends `json`, tamed, to `ret`. What is not valid stays so. 0 or -ENOMEM. */
int json_tame(const char *json, size_t len, struct buf *ret);

#endif
