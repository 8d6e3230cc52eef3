/* SPDX-License-Identifier: Apache-2.0 */
/* Capture standard error of libraries and their helper programs (fusermount3), which report failures no other
 * way. Process-wide; use before threads start. */
#ifndef MICA_GLUE_STDERR_CAPTURE_H
#define MICA_GLUE_STDERR_CAPTURE_H

#include <stddef.h>

struct stderr_capture {
    int saved, file; /* -1 when nothing is captured */
};

void stderr_capture_begin(struct stderr_capture *c);
/* End the capture; `text` gets the lines, joined by "; ", or "". */
void stderr_capture_end(struct stderr_capture *c, char *text, size_t size);

#endif
