/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_RFC3339_H
#define MICA_SHOW_RFC3339_H

#include <time.h>

/* Parses a time of RFC 3339 ("2024-05-06T07:08:09.123456789+02:00", in either case); drops digits of a
 * fraction after the ninth. -EINVAL for any other text, also for trailing characters. */
int rfc3339_parse(const char *text, struct timespec *ret);

#endif
