/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members that several verbs print: set here, so that one name is one thing, of one type and in one unit,
 * whichever verb says it. man/mica.1 promises them (JSON); tests/cli/json_promise.py compares.
 */
#ifndef MICA_SHOW_JSON_MEMBERS_H
#define MICA_SHOW_JSON_MEMBERS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* "type", "mode" ("0644") and "size" in bytes: of a file's content or a symbolic link's target, else 0,
 * whatever the file system says of a directory. All of these: 0 or -ENOMEM. */
int json_set_kind(json_t *o, uint32_t mode, uint64_t size);
/* A time of this machine's, with nanoseconds, in UTC. */
int json_set_time(json_t *o, const char *key, int64_t seconds, uint32_t nanoseconds);
/* The same of a text of RFC 3339, which is an image's; null for NULL and for what is no time. */
int json_set_time_text(json_t *o, const char *key, const char *text);
/* null for 0: no process. */
int json_set_pid(json_t *o, int64_t pid);
/* What `layers` is called where only their number is told. */
int json_set_layer_count(json_t *o, size_t n);

#endif
