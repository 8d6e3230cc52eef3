/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file_buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define FIRST_SIZE (64u * 1024)
#define SPILL_SIZE (1024u * 1024)
#define STEP_MAX   (2u * 1024 * 1024) /* growth step, and resident bytes before the end */

/* Moves the content from memory to a file; leaves the run unmapped. */
static int spill(struct file_buf *b)
{
    cleanup_fd int fd = fd_unnamed(b->dirfd);
    int r = fd < 0 ? fd : fd_pwrite(fd, b->data, b->len, 0);

    if (r < 0)
        return r;
    munmap(b->data, b->cap);
    b->data = NULL;
    b->cap = 0;
    b->fd = steal_fd(&fd);
    return 0;
}

/* Allocates only the new range: the fallback for file systems without fallocate(2) writes to each block. */
static int reserve(int fd, size_t from, size_t to)
{
    int r;

    do
        r = posix_fallocate(fd, (off_t)from, (off_t)(to - from));
    while (r == EINTR); /* tmpfs gives EINTR for a pending signal */
    return -r;
}

static void *map(const struct file_buf *b, size_t cap)
{
    if (b->data)
        return mremap(b->data, b->cap, cap, MREMAP_MAYMOVE);
    if (b->fd >= 0)
        return mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
    return mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int grow(struct file_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_SIZE;
    void *data;
    int r = 0;

    while (cap < need)
        cap += cap < STEP_MAX ? cap : STEP_MAX;
    if (b->fd < 0 && b->dirfd >= 0 && b->data && cap > SPILL_SIZE)
        r = spill(b);
    if (r == 0 && b->fd >= 0)
        r = reserve(b->fd, b->cap, cap);
    if (r < 0)
        return r;
    data = map(b, cap);
    if (data == MAP_FAILED)
        return -ENOMEM;
    b->data = data;
    b->cap = cap;
    if (b->len > b->given_back + STEP_MAX)
        file_buf_give_back(b);
    return 0;
}

void file_buf_give_back(struct file_buf *b)
{
    if (b->fd < 0)
        return;
    madvise(b->data, b->cap, MADV_DONTNEED);
    b->given_back = b->len;
    memset(b->recent, 0, sizeof(b->recent));
    b->resident = 0;
}

/* Map a block after this many looks: until then reads cost no more than a page fault. */
#define LOOKS_TO_MAP 16u

/* Accounts for a block that becomes resident. */
static void make_resident(struct file_buf *b, uint32_t block)
{
    if (b->resident >= FILE_BUF_RECENT)
        file_buf_give_back(b);
    b->recent[(block - 1) % FILE_BUF_RECENT] = (struct file_buf_recent){block, LOOKS_TO_MAP};
    b->resident++;
}

/* Is it cheaper to access the block through the mapping? */
static bool is_mapped(struct file_buf *b, uint32_t block)
{
    struct file_buf_recent *r = &b->recent[(block - 1) % FILE_BUF_RECENT];

    if (r->block != block)
        *r = (struct file_buf_recent){block, 0};
    if (r->looks >= LOOKS_TO_MAP)
        return true;
    if (++r->looks < LOOKS_TO_MAP)
        return false;
    make_resident(b, block);
    return true;
}

void *file_buf_at(struct file_buf *b, size_t at)
{
    uint32_t block = (uint32_t)(at / FILE_BUF_BLOCK + 1);
    const struct file_buf_recent *r = &b->recent[(block - 1) % FILE_BUF_RECENT];

    if (!b->data) /* an empty run: in C, adding even 0 to a null pointer is undefined */
        return NULL;
    if (b->fd >= 0 && (r->block != block || r->looks < LOOKS_TO_MAP))
        make_resident(b, block);
    return b->data + at;
}

void file_buf_copy(struct file_buf *b, size_t at, void *to, size_t len)
{
    if (b->fd < 0 || is_mapped(b, (uint32_t)(at / FILE_BUF_BLOCK + 1)) ||
        pread(b->fd, to, len, (off_t)at) != (ssize_t)len)
        memcpy(to, b->data + at, len);
}

bool file_buf_equals(struct file_buf *b, size_t at, const void *data, size_t len)
{
    const char *p = data;
    char chunk[512];

    for (size_t n; len; at += n, p += n, len -= n) {
        n = len < sizeof(chunk) ? len : sizeof(chunk);
        file_buf_copy(b, at, chunk, n);
        if (memcmp(chunk, p, n) != 0)
            return false;
    }
    return true;
}

int file_buf_append(struct file_buf *b, const void *data, size_t len)
{
    int r;

    if (len > SIZE_MAX / 2 - b->len)
        return -ENOMEM;
    if (b->len + len > b->cap) {
        r = grow(b, b->len + len);
        if (r < 0)
            return r;
    }
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    return 0;
}

void file_buf_free(struct file_buf *b)
{
    if (b->data)
        munmap(b->data, b->cap);
    if (b->fd >= 0)
        close(b->fd);
    *b = (struct file_buf)FILE_BUF_INIT(b->dirfd);
}
