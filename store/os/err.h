/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that a person will read.
 *
 * Every fallible function of mica returns 0 (or a count) or a negative errno. Functions whose failure a
 * person must be able to understand also take a `struct err *`, in which they leave one line: what failed, on
 * which thing, why, and what to do where that is known. Nobody prints below cli/ and fuse/main.c.
 */
#ifndef MICA_OS_ERR_H
#define MICA_OS_ERR_H

#include <stddef.h>

/* One line of text, NUL-terminated, empty when nothing failed. The caller owns it, usually on its stack. */
struct err {
    char text[1024];
};

/* Sets the line and returns -code (code is a positive errno, 0 is taken as EIO). `err` may be NULL. The text
 * is made inert (os/inert.h), for names from an image are in it. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and strerror(code) appended. */
int err_errno(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " in front of a line that is already set; returns `ret` unchanged, so that callers write
 * `return err_prefix(err, r, "layer %s", hex);`. */
int err_prefix(struct err *err, int ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
