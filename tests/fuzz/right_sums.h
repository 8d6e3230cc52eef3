/* SPDX-License-Identifier: Apache-2.0 */
/* Puts all checksums of an index right, whatever else is wrong in it. */
#ifndef MICA_TEST_RIGHT_SUMS_H
#define MICA_TEST_RIGHT_SUMS_H

#include <stddef.h>
#include <stdint.h>

void right_sums(uint8_t *data, size_t size);

#endif
