/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums and counts of blocks; pack_writer.c and file_writer.c write the bytes. */
#include "import/content.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <xxhash.h>

#include "import/file_writer.h"
#include "import/pack_writer.h"
#include "tree/index.h"

#define PAGE           4096u
#define SECTORS_A_PAGE (PAGE / 512)

struct content {
    struct pack_writer *pack;
    struct file_writer *files;
    XXH3_state_t *hash;

    /* the current content */
    bool is_file;
    uint64_t size, place, pos;
    uint64_t pages, next_page; /* allocated pages so far; the first page not yet counted */
};

static int write_failed(struct err *err, int r)
{
    return err_errno(err, -r, "writing the layer's contents");
}

int content_new(int dirfd, struct known_layer *layer, struct content **ret, struct err *err)
{
    struct content *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return err_errno(err, ENOMEM, "writing the layer's contents");
    c->hash = XXH3_createState();
    r = c->hash ? pack_writer_new(dirfd, layer, &c->pack) : -ENOMEM;
    if (r == 0 && !(c->files = file_writer_new(dirfd, layer)))
        r = -ENOMEM;
    if (r < 0) {
        content_free(c);
        return err_errno(err, -r, "making the layer's pack");
    }
    *ret = c;
    return 0;
}

void content_free(struct content *c)
{
    if (!c)
        return;
    file_writer_free(c->files);
    pack_writer_free(c->pack);
    XXH3_freeState(c->hash);
    free(c);
}

int content_begin(struct content *c, uint64_t size, struct err *err)
{
    int r;

    XXH3_64bits_reset(c->hash);
    c->size = size;
    c->pos = c->pages = c->next_page = 0;
    c->is_file = size >= CONTENT_OWN_FILE;
    r = c->is_file ? file_writer_begin(c->files, size, &c->place)
                   : pack_writer_begin(c->pack, size, &c->place);
    return r < 0 ? err_errno(err, -r, "making room for a content of %" PRIu64 " bytes", size) : 0;
}

static void hash_zeros(struct content *c, uint64_t n)
{
    static const uint8_t zeros[64u << 10];

    while (n > 0) {
        size_t len = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);

        XXH3_64bits_update(c->hash, zeros, len);
        n -= len;
    }
}

static void count_pages(struct content *c, uint64_t offset, size_t len)
{
    uint64_t first = offset / PAGE, end = (offset + len - 1) / PAGE + 1;

    if (first < c->next_page)
        first = c->next_page;
    c->pages += end - first;
    c->next_page = end;
}

int content_write(struct content *c, const void *data, size_t len, uint64_t offset, struct err *err)
{
    int r = 0;

    if (len == 0)
        return 0;
    if (offset < c->pos || offset > c->size || len > c->size - offset)
        return -EINVAL;
    hash_zeros(c, offset - c->pos);
    XXH3_64bits_update(c->hash, data, len);
    count_pages(c, offset, len);
    c->pos = offset + len;
    if (c->is_file)
        r = file_writer_put(c->files, data, len, offset);
    else
        pack_writer_put(c->pack, data, len, offset);
    return r < 0 ? write_failed(err, r) : 0;
}

int content_end(struct content *c, struct content_place *ret, struct err *err)
{
    uint64_t hash;
    int r;

    hash_zeros(c, c->size - c->pos);
    hash = XXH3_64bits_digest(c->hash);
    r = c->is_file ? file_writer_end(c->files, hash) : pack_writer_end(c->pack, hash, c->pages);
    *ret = (struct content_place){.place = c->place,
                                  .flags = c->is_file ? INODE_OWN_FILE : 0,
                                  .blocks = c->pages * SECTORS_A_PAGE,
                                  .hash = hash};
    return r < 0 ? write_failed(err, r) : 0;
}

int content_finish(struct content *c, struct err *err)
{
    int r = pack_writer_finish(c->pack);

    return r < 0 ? write_failed(err, r) : 0;
}
