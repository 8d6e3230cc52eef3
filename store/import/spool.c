/* SPDX-License-Identifier: Apache-2.0 */
/* A spool is on the store's file system (the bytes are written there anyway) and never in memory. */
#include "import/spool.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "import/decompress.h"
#include "import/import.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK (256u << 10)
/* Longest delay of a cancellation while waiting for a pipe. */
#define CANCEL_POLL_MS 200

static bool is_cancelled(const struct source_options *opt)
{
    return opt->cancel && atomic_load_explicit(opt->cancel, memory_order_relaxed);
}

struct input {
    int fd;
    const struct source_options *opt;
    uint64_t done, total; /* bytes */
};

/* Waits in slices: otherwise a signal just before read(2) takes effect only with the next bytes. */
static ssize_t read_input(void *ctx, void *buf, size_t len)
{
    struct input *in = ctx;

    for (;;) {
        struct pollfd p = {.fd = in->fd, .events = POLLIN};
        int n;
        ssize_t r;

        if (is_cancelled(in->opt))
            return -ECANCELED;
        n = poll(&p, 1, CANCEL_POLL_MS);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n <= 0)
            continue;
        r = read(in->fd, buf, len);
        if (r > 0) {
            in->done += (uint64_t)r;
            if (in->opt->progress)
                in->opt->progress(in->opt->ctx, in->done, in->total);
        }
        if (r >= 0)
            return r;
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
}

static int fill(struct decompressor *d, int out, const struct source_options *opt, uint64_t *ret_size,
                struct err *err)
{
    cleanup_free char *buf = malloc(CHUNK);
    uint64_t size = 0;

    if (!buf)
        return err_errno(err, ENOMEM, "cannot read the archive");
    for (;;) {
        struct err why = {{0}};
        ssize_t n;
        int r;

        if (is_cancelled(opt))
            return err_errno(err, ECANCELED, "reading the archive");
        n = decompressor_read(d, buf, CHUNK, &why);
        if (n == -ECANCELED || (n < 0 && !why.text[0]))
            return err_errno(err, (int)-n, "cannot read the archive");
        if (n < 0)
            return err_set(err, (int)-n, "cannot read the archive: %s", why.text);
        if (n == 0)
            break;
        if ((uint64_t)n > opt->max_size - size)
            return err_set(err, EFBIG, "the archive is larger than the limit of %" PRIu64 " bytes",
                           opt->max_size);
        r = fd_write(out, buf, (size_t)n);
        if (r < 0)
            return err_errno(err, -r, "cannot keep the archive in the store's tmp/");
        size += (uint64_t)n;
    }
    *ret_size = size;
    return 0;
}

struct extent_input {
    struct extent x;
    uint64_t done;
};

static ssize_t read_extent(void *ctx, void *buf, size_t len)
{
    struct extent_input *in = ctx;
    uint64_t left = in->x.size - in->done;
    ssize_t n = fd_pread(in->x.fd, buf, left < len ? (size_t)left : len, in->x.offset + in->done);

    if (n > 0)
        in->done += (uint64_t)n;
    return n;
}

int spool_unpack(const struct extent *x, const struct source_options *opt, int out, uint64_t *ret_size,
                 struct err *err)
{
    struct extent_input in = {.x = *x};
    struct decompressor *d = decompressor_new(read_extent, &in);
    int r = d ? fill(d, out, opt, ret_size, err) : err_errno(err, ENOMEM, "cannot read the archive");

    decompressor_free(d);
    return r;
}

/* Can the file be used in place: is it regular, at offset 0 and not compressed? */
static int usable_in_place(int fd, uint64_t *ret_size)
{
    struct stat st;
    uint8_t magic[DECOMPRESS_MAGIC];
    ssize_t n;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || lseek(fd, 0, SEEK_CUR) != 0)
        return 0;
    n = fd_pread(fd, magic, sizeof(magic), 0);
    if (n < 0)
        return (int)n;
    *ret_size = (uint64_t)st.st_size;
    return !decompressor_is_for(magic, (size_t)n);
}

/* Returns the number of bytes to read. */
static uint64_t total_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : IMPORT_TOTAL_UNKNOWN;
}

int spool_open(int fd, const struct source_options *opt, int *ret_fd, uint64_t *ret_size, struct err *err)
{
    struct input in = {.fd = fd, .opt = opt};
    struct decompressor *d;
    cleanup_fd int out = -1;
    int r = usable_in_place(fd, ret_size);

    if (r < 0)
        return err_errno(err, -r, "cannot read the archive");
    if (r > 0) {
        out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (out < 0)
            return err_errno(err, errno, "cannot read the archive");
        *ret_fd = steal_fd(&out);
        return 0;
    }
    in.total = total_of(fd);
    out = fd_unnamed(opt->tmp_dirfd);
    if (out < 0)
        return err_errno(err, -out, "cannot make a file in the store's tmp/");
    d = decompressor_new(read_input, &in);
    if (!d)
        return err_errno(err, ENOMEM, "cannot read the archive");
    r = fill(d, out, opt, ret_size, err);
    decompressor_free(d);
    if (r < 0)
        return r;
    *ret_fd = steal_fd(&out);
    return 0;
}
