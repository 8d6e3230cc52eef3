/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a template with the values of a JSON object. The syntax is a part of Mustache:
 *
 *     {{name}}                   the value, with & < > " ' escaped: safe in text and in a quoted attribute
 *     {{#name}} ... {{/name}}    once for each element of an array, once for an object, a true, a number other than 0 and
 *                                a text that is not empty; names are looked up in the element first, then outside of it
 *     {{^name}} ... {{/name}}    when the section above would be left out
 *     {{>name}}                  a part: trusted text as it is
 *
 * A value can never be inserted without the escapes. Texts must be UTF-8 without control characters (show/text.h).
 */
#ifndef MICA_REPORT_TEMPLATE_H
#define MICA_REPORT_TEMPLATE_H

#include <jansson.h>

#include "os/buf.h"

struct template_part {
    const char *name, *text;
};

/* Appends to `out`. -ENOMEM; -EINVAL for a template with a tag that does not end, a section that is not closed, or a name
 * that neither `values` nor `parts` has where it is needed. `parts` ends with a NULL name. */
int template_fill(const char *text, const json_t *values, const struct template_part *parts, struct buf *out);

/* Appends `text` with the escapes. 0 or -ENOMEM. */
int template_escape(struct buf *out, const char *text);

#endif
