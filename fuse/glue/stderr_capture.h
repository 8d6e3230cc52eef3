/* SPDX-License-Identifier: Apache-2.0 */
/* What libraries and their helper programs (fusermount3) write to standard error, as text: their only way of
 * saying why something failed. Process-wide; to be used before there are threads. */
#ifndef MICA_GLUE_STDERR_CAPTURE_H
#define MICA_GLUE_STDERR_CAPTURE_H

#include <stddef.h>

struct stderr_capture {
    int saved, file; /* -1 when nothing is captured */
};

void stderr_capture_begin(struct stderr_capture *c);
/* Ends it; `text` gets the lines, joined by "; ", and is empty when there were none. */
void stderr_capture_end(struct stderr_capture *c, char *text, size_t size);

#endif
