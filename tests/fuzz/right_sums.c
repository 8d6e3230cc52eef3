/* SPDX-License-Identifier: Apache-2.0 */
#include "right_sums.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>
#include <xxhash.h>

#include "tree/index_format.h"

void right_sums(uint8_t *data, size_t size)
{
    struct index_header h;
    uint64_t sums, blocks;

    if (size < sizeof(h))
        return;
    memcpy(&h, data, sizeof(h));
    h.file_size = htole64(size);
    sums = le64toh(h.sums.offset);
    blocks = sums / INDEX_BLOCK + (sums % INDEX_BLOCK != 0);
    if (sums >= sizeof(h) && sums <= size && blocks * sizeof(uint64_t) <= size - sums) {
        for (uint64_t b = 0; b < blocks; b++) {
            uint64_t from = b ? b * INDEX_BLOCK : sizeof(h);
            uint64_t end = sums - b * INDEX_BLOCK < INDEX_BLOCK ? sums : (b + 1) * INDEX_BLOCK;
            uint64_t sum = htole64(XXH3_64bits(data + from, end - from));

            memcpy(data + sums + b * sizeof(sum), &sum, sizeof(sum));
        }
        h.sums_sum = htole64(XXH3_64bits(data + sums, blocks * sizeof(uint64_t)));
    }
    h.header_sum = htole64(XXH3_64bits(&h, offsetof(struct index_header, header_sum)));
    memcpy(data, &h, sizeof(h));
}
