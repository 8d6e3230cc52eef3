/* SPDX-License-Identifier: Apache-2.0 */
/* How two things differ (STUDY_DIFFERS_* of study/study.h), in words: type, content, target, device, mode, owner, mtime,
 * xattrs. */
#ifndef MICA_SHOW_DIFFERS_H
#define MICA_SHOW_DIFFERS_H

#include <jansson.h>

#include "os/buf.h"

/* Appends "content, mode". 0 or -ENOMEM. */
int differs_text(struct buf *b, unsigned differs);
/* obj["differs"] = ["content", "mode"]. 0 or -ENOMEM. */
int differs_json(json_t *obj, unsigned differs);
/* The one of a word; 0 for one that is none of these. */
unsigned differs_of(const char *word, size_t len);

#endif
