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
/* Adds the differences that WORD,WORD,... names to *ret. -EINVAL for an unknown word; DIFFERS_LIST_TOLD is the message, with
 * the list as its argument. */
int differs_list(const char *list, unsigned *ret);
#define DIFFERS_LIST_TOLD                                                                                    \
    "--ignore: \"%.100s\" has a word that is none of mtime, mode, owner, xattrs, content, target, device, type"

#endif
