/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors for people to read.
 *
 * Every fallible function of mica returns 0 (or a count) or a negative errno. A function whose failure is
 * reported to a person also takes a `struct err *` and sets one line in it: what failed, on which thing, why,
 * and what to do if that is known. Nothing below cli/ and fuse/main.c prints.
 */
#ifndef MICA_OS_ERR_H
#define MICA_OS_ERR_H

#include <stddef.h>

/* One line of text, NUL-terminated, empty without a failure. Owned by the caller, usually on its stack. */
struct err {
    char text[1024];
};

/* Sets the line and returns -code (code is a positive errno, 0 counts as EIO). `err` may be NULL. The text
 * is made inert (os/inert.h), because it may contain names from an image. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and strerror(code) appended. */
int err_errno(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Prepends "PREFIX: " to a line that is already set. Returns `ret` unchanged, so that callers write
 * `return err_prefix(err, r, "layer %s", hex);`. */
int err_prefix(struct err *err, int ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
