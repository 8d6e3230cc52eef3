/* SPDX-License-Identifier: Apache-2.0 */
/* Members that several verbs print: set here, so that one name has one meaning, type and unit in all
 * verbs. man/mica.1 documents them (JSON); tests/cli/json_promise.py compares. */
#ifndef MICA_SHOW_JSON_MEMBERS_H
#define MICA_SHOW_JSON_MEMBERS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Sets "type", "mode" ("0644") and "size" in bytes: of a file's content or a symbolic link's target,
 * otherwise 0, also for a directory. As all below: 0 or -ENOMEM. */
int json_set_kind(json_t *o, uint32_t mode, uint64_t size);
/* Sets a time of this machine, with nanoseconds, in UTC. */
int json_set_time(json_t *o, const char *key, int64_t seconds, uint32_t nanoseconds);
/* Sets an image's time from a text of RFC 3339; null for NULL and for an invalid text. */
int json_set_time_text(json_t *o, const char *key, const char *text);
/* Sets a process id; null for 0: no process. */
int json_set_pid(json_t *o, int64_t pid);
/* Sets the number of layers, for objects that do not list them. */
int json_set_layer_count(json_t *o, size_t n);

#endif
