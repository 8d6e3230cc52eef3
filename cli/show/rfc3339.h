/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_SHOW_RFC3339_H
#define MICA_SHOW_RFC3339_H

#include <time.h>

/* A time of RFC 3339 ("2024-05-06T07:08:09.123456789+02:00", case does not matter), digits of a fraction
 * beyond the ninth cut off. -EINVAL for every other text, also with something behind it. */
int rfc3339_parse(const char *text, struct timespec *ret);

#endif
