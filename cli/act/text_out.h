/* SPDX-License-Identifier: Apache-2.0 */
/* A whole text as a file of the user: `-o FILE`. */
#ifndef MICA_ACT_TEXT_OUT_H
#define MICA_ACT_TEXT_OUT_H

#include <stddef.h>

#include "os/err.h"

/* Writes `text` to standard output for "-"; else to the file, which appears whole or not at all and takes the place of
 * a regular file of that name. An existing pipe, terminal or other device is written to instead. 0 or a negative errno
 * with a line. */
int text_out(const char *path, const char *text, size_t len, struct err *err);

#endif
