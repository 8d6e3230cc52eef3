/* SPDX-License-Identifier: Apache-2.0 */
#include "import/unpack.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "import/content.h"
#include "import/entry.h"
#include "import/tar_reader.h"
#include "indexing/layer_builder.h"
#include "os/cleanup.h"

/* Names, targets and xattrs stay in memory until the index is written: limits 1e6 files with 64 KiB of xattrs
 * each. */
#define METADATA_LIMIT (UINT64_C(512) << 20)

struct unpacking {
    struct tar_reader *tar;
    struct content *content;
    struct layer_builder *builder;
    struct entry entry;
    uint64_t max_size, size; /* of all contents, holes included */
    uint64_t metadata;
    struct err *err;
};

/* Returns the bytes of a file that the archive's sparse map covers; without a map, its size. */
static int64_t mapped_bytes(struct archive_entry *a)
{
    int64_t sum = 0, offset, len;

    if (archive_entry_sparse_reset(a) == 0)
        return archive_entry_size(a);
    while (archive_entry_sparse_next(a, &offset, &len) == ARCHIVE_OK)
        sum += len;
    return sum;
}

static int write_content(struct unpacking *u, struct archive_entry *a)
{
    int64_t missing = mapped_bytes(a), offset;
    const void *data;
    size_t len;
    int r;

    while ((r = tar_reader_data(u->tar, &data, &len, &offset, u->err)) > 0) {
        missing -= (int64_t)len;
        r = offset < 0 ? -EINVAL : content_write(u->content, data, len, (uint64_t)offset, u->err);
        if (r == -EINVAL)
            break;
        if (r < 0)
            return r;
    }
    if (r == -EINVAL || (r == 0 && missing != 0))
        return err_set(u->err, EBADMSG, "entry \"%.200s\": its sparse map and its body do not agree",
                       u->entry.path);
    return r;
}

static int add_content(struct unpacking *u, struct archive_entry *a, uint32_t id)
{
    uint64_t size = u->entry.meta.size;
    struct content_place p;
    int r;

    if (size > u->max_size - u->size)
        return err_set(u->err, EFBIG,
                       "entry \"%.200s\" is of %" PRIu64 " bytes, and the layer's files may have %" PRIu64
                       " bytes in all (--max-layer-size allows more)",
                       u->entry.path, size, u->max_size);
    u->size += size;
    r = content_begin(u->content, size, u->err);
    if (r == 0)
        r = write_content(u, a);
    if (r == 0)
        r = content_end(u->content, &p, u->err);
    if (r == 0) {
        r = layer_builder_content(u->builder, id, p.place, p.flags, p.blocks, p.hash);
        if (r < 0)
            err_errno(u->err, -r, "entry \"%.200s\"", u->entry.path);
    }
    return r;
}

static int add_entry(struct unpacking *u, struct archive_entry *a)
{
    uint32_t id = 0;
    int r = entry_from_archive(&u->entry, a, u->err);

    if (r < 0)
        return r;
    u->metadata += u->entry.memory;
    if (u->metadata > METADATA_LIMIT)
        return err_set(u->err, EFBIG,
                       "the names and attributes of the layer's files are over %" PRIu64 " MiB",
                       METADATA_LIMIT >> 20);
    if (u->entry.link)
        return layer_builder_link(u->builder, u->entry.path, u->entry.link, u->err);
    r = layer_builder_add(u->builder, u->entry.path, &u->entry.meta, &id, u->err);
    if (r < 0 || id == 0 || !S_ISREG(u->entry.meta.mode))
        return r;
    return add_content(u, a, id);
}

static int add_all(struct unpacking *u)
{
    struct archive_entry *a;
    int r;

    while ((r = tar_reader_next(u->tar, &a, u->err)) > 0) {
        r = add_entry(u, a);
        if (r < 0)
            return r;
    }
    return r;
}

static int write_index(struct unpacking *u, int dirfd)
{
    cleanup_fd int fd = openat(dirfd, "index", O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_errno(u->err, errno, "making the layer's index");
    return layer_builder_finish(u->builder, fd, u->err);
}

int unpack_layer(unpack_read_fn read, void *ctx, int dirfd, struct known_layer *layer,
                 const struct unpack_limits *limits, struct err *err)
{
    struct unpacking u = {.entry = ENTRY_INIT, .max_size = limits->max_size, .err = err};
    int r = tar_reader_new(&(struct tar_source){.read = read, .ctx = ctx}, &u.tar, err);

    if (r == 0)
        r = content_new(dirfd, layer, &u.content, err);
    if (r == 0) {
        u.builder = layer_builder_new(limits->max_files, dirfd);
        if (!u.builder)
            r = err_errno(err, ENOMEM, "unpacking a layer");
    }
    if (r == 0)
        r = add_all(&u);
    if (r == 0)
        r = content_finish(u.content, err);
    if (r == 0)
        r = write_index(&u, dirfd);
    layer_builder_free(u.builder);
    content_free(u.content);
    tar_reader_free(u.tar);
    entry_free(&u.entry);
    return r;
}
