/* SPDX-License-Identifier: Apache-2.0 */
#include "tar_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 512

static void must(int r)
{
    if (r < 0)
        abort();
}

static void put_text(uint8_t *field, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len)
        memcpy(field, text, len < size ? len : size);
}

static void put_number(uint8_t *field, size_t size, int64_t n)
{
    if (n >= 0 && (size > 20 || n < (int64_t)1 << 3 * (size - 1))) {
        for (size_t i = size - 1; i-- > 0; n >>= 3)
            field[i] = (uint8_t)('0' + (n & 7));
        return;
    }
    for (size_t i = size; i-- > 0; n >>= 8)
        field[i] = (uint8_t)n;
    field[0] |= 0x80;
}

static void put_pairs(uint8_t *at, const int64_t *pairs, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++)
        put_number(at + i * 12, 12, pairs[i]);
}

void tar_header(struct buf *b, const struct tar_header *h)
{
    uint8_t block[BLOCK] = {0};
    unsigned sum = 0;

    put_text(block, 100, h->name);
    put_number(block + 100, 8, h->mode ? h->mode : 0644);
    put_number(block + 108, 8, h->uid);
    put_number(block + 116, 8, h->gid);
    put_number(block + 124, 12, h->size);
    put_number(block + 136, 12, h->mtime);
    block[156] = (uint8_t)(h->type ? h->type : '0');
    put_text(block + 157, 100, h->link);
    memcpy(block + 257,
           h->gnu ? "ustar  "
                  : "ustar\0"
                    "00",
           8);
    put_number(block + 329, 8, h->major);
    put_number(block + 337, 8, h->minor);
    if (h->gnu) {
        put_pairs(block + 386, h->sparse, h->n_sparse);
        block[482] = h->extended;
        if (h->real_size)
            put_number(block + 483, 12, h->real_size);
    } else {
        put_text(block + 345, 155, h->prefix);
    }
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
    must(buf_append(b, block, BLOCK));
}

void tar_body(struct buf *b, const void *data, size_t len)
{
    static const char zeros[BLOCK];

    must(buf_append(b, data, len));
    must(buf_append(b, zeros, (BLOCK - len % BLOCK) % BLOCK));
}

void tar_file(struct buf *b, const char *name, const void *data, size_t len)
{
    tar_header(b, &(struct tar_header){.name = name, .size = (int64_t)len});
    tar_body(b, data, len);
}

void tar_record(struct buf *records, const char *key, const void *value, size_t len)
{
    size_t rest = strlen(key) + len + 3, total = rest + 1; /* blank, '=' and line end; one digit */

    for (size_t digits = 1; (size_t)snprintf(NULL, 0, "%zu", total) != digits;)
        total = rest + ++digits;
    must(buf_printf(records, "%zu %s=", total, key));
    must(buf_append(records, value, len));
    must(buf_append(records, "\n", 1));
}

void tar_pax(struct buf *b, char type, const struct buf *records)
{
    tar_header(b, &(struct tar_header){.type = type, .name = "PaxHeaders/x", .size = (int64_t)records->len});
    tar_body(b, records->data, records->len);
}

void tar_pax1(struct buf *b, const char *key, const char *value)
{
    struct buf records = BUF_INIT;

    tar_record(&records, key, value, strlen(value));
    tar_pax(b, 'x', &records);
    buf_free(&records);
}

void tar_gnu_long(struct buf *b, char type, const char *text)
{
    size_t len = strlen(text) + 1;

    tar_header(
        b, &(struct tar_header){.type = type, .name = "././@LongLink", .size = (int64_t)len, .gnu = true});
    tar_body(b, text, len);
}

void tar_sparse_block(struct buf *b, const int64_t *pairs, size_t n, bool more)
{
    uint8_t block[BLOCK] = {0};

    put_pairs(block, pairs, n);
    block[504] = more;
    must(buf_append(b, block, BLOCK));
}

void tar_end(struct buf *b)
{
    static const char zeros[2 * BLOCK];

    must(buf_append(b, zeros, sizeof(zeros)));
}
