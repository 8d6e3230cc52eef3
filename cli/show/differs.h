/* SPDX-License-Identifier: Apache-2.0 */
/* Names of differences (STUDY_DIFFERS_* of study/study.h): type, content, target, device, mode, owner,
 * mtime, xattrs. */
#ifndef MICA_SHOW_DIFFERS_H
#define MICA_SHOW_DIFFERS_H

#include <jansson.h>

#include "os/buf.h"

/* Appends "content, mode". 0 or -ENOMEM. */
int differs_text(struct buf *b, unsigned differs);
/* Sets obj["differs"] = ["content", "mode"]. 0 or -ENOMEM. */
int differs_json(json_t *obj, unsigned differs);
/* Returns the difference that a word names; 0 for an unknown word. */
unsigned differs_of(const char *word, size_t len);

#endif
