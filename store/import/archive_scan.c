/* SPDX-License-Identifier: Apache-2.0 */
#include "import/archive_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "import/decompress.h"
#include "import/tar_reader.h"
#include "os/cleanup.h"

enum {
    CHUNK = 1 << 17,
};

struct scan {
    int fd;
    struct decompressor *in;
    char *chunk;
    struct err *err;
};

static ssize_t read_blob(void *ctx, void *buf, size_t len)
{
    const struct scan *s = ctx;
    ssize_t n;

    do
        n = read(s->fd, buf, len);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static ssize_t read_archive(void *ctx, const void **ret)
{
    struct scan *s = ctx;

    *ret = s->chunk;
    return decompressor_read(s->in, s->chunk, CHUNK, s->err);
}

static int scan_entries(struct tar_reader *tar, int (*tell)(void *, const struct archive_scan_entry *),
                        void *ctx, struct err *err)
{
    struct archive_entry *a;
    int r;

    while ((r = tar_reader_next(tar, &a, err)) > 0) {
        const struct tar_frame *frame = tar_reader_frame(tar);
        const struct archive_scan_entry e = {archive_entry_pathname(a), archive_entry_hardlink(a),
                                             frame->type, frame->size};

        r = e.path ? tell(ctx, &e) : 0;
        if (r < 0)
            break;
    }
    return r;
}

int archive_scan(int fd, int (*tell)(void *ctx, const struct archive_scan_entry *e), void *ctx,
                 struct err *err)
{
    cleanup_free char *chunk = malloc(CHUNK);
    struct scan s = {.fd = fd, .chunk = chunk, .err = err};
    struct tar_reader *tar = NULL;
    int r = -ENOMEM;

    s.in = decompressor_new(read_blob, &s);
    if (chunk && s.in)
        r = tar_reader_new(&(struct tar_source){.read = read_archive, .ctx = &s}, &tar, err);
    if (r == 0)
        r = scan_entries(tar, tell, ctx, err);
    tar_reader_free(tar);
    decompressor_free(s.in);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "cannot read the layer's archive") : r;
}
