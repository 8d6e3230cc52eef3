/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/places_writer.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <xxhash.h>

#include "os/buf.h"
#include "os/fd.h"
#include "tree/places_format.h"

/* Appends the records after room for the header. */
static int put_records(struct buf *b, const struct place *places, size_t n)
{
    int r = buf_reserve(b, sizeof(struct places_header) + n * sizeof(struct places_record));

    if (r == 0) {
        memset(b->data, 0, sizeof(struct places_header));
        b->len = sizeof(struct places_header);
    }
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct place *p = &places[i];
        struct places_record record = {.from = htole64(p->from),
                                       .at = htole64(p->at),
                                       .size = htole32(p->size),
                                       .pack = htole32(p->pack)};

        if (p->size < 1 || p->size > PLACES_SIZE_MAX || p->pack > PLACES_PACK_MAX ||
            (i && p->from <= places[i - 1].from))
            return -EINVAL;
        r = buf_append(b, &record, sizeof(record));
    }
    return r;
}

static int put_sums(struct buf *b)
{
    size_t end = b->len, from = sizeof(struct places_header);

    for (size_t block = 0; block * INDEX_BLOCK < end; block++) {
        size_t to = (block + 1) * INDEX_BLOCK < end ? (block + 1) * INDEX_BLOCK : end;
        uint64_t sum = htole64(XXH3_64bits(b->data + from, to - from));
        int r = buf_append(b, &sum, sizeof(sum));

        if (r < 0)
            return r;
        from = to;
    }
    return 0;
}

int places_write(int fd, const struct place *places, size_t n)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct places_header h = {.magic = PLACES_MAGIC, .version = htole32(PLACES_VERSION), .count = htole64(n)};
    size_t end;
    int r = put_records(&b, places, n);

    if (r < 0)
        return r;
    end = b.len;
    r = put_sums(&b);
    if (r < 0)
        return r;
    h.file_size = htole64(b.len);
    h.sums_sum = htole64(XXH3_64bits(b.data + end, b.len - end));
    h.header_sum = htole64(XXH3_64bits(&h, offsetof(struct places_header, header_sum)));
    memcpy(b.data, &h, sizeof(h));
    return fd_pwrite(fd, b.data, b.len, 0);
}
