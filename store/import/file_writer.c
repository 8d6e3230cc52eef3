/* SPDX-License-Identifier: Apache-2.0 */
#include "import/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/copy_content.h"
#include "os/fd.h"

#define CHUNK     (64u << 10)
#define NAME_SIZE 24

struct file_writer {
    int dirfd, files; /* files/ or -1 */
    struct known *known;
    struct known_layer *layer;
    uint64_t next;

    /* the current content */
    char name[NAME_SIZE];
    uint64_t number, size;
    uint64_t pos; /* end of what has come */
    int own;      /* the file that it is written to, or -1 */
    int like;     /* a known file that is equal up to `pos`, or -1 */
    struct known_content found[KNOWN_MAX], liked;
    size_t n_found; /* candidates; none is chosen before the first bytes come */
    uint8_t chunk[CHUNK], chunk_b[CHUNK];
};

struct file_writer *file_writer_new(int dirfd, struct known_layer *layer)
{
    struct file_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->dirfd = dirfd;
    w->known = layer ? known_of_layer(layer) : NULL;
    w->layer = layer;
    w->next = 1;
    w->files = w->own = w->like = -1;
    return w;
}

void file_writer_free(struct file_writer *w)
{
    if (!w)
        return;
    if (w->own >= 0)
        close(w->own);
    if (w->like >= 0)
        close(w->like);
    if (w->files >= 0)
        close(w->files);
    free(w);
}

static int open_directory(struct file_writer *w)
{
    if (w->files >= 0)
        return 0;
    if (mkdirat(w->dirfd, "files", 0700) < 0)
        return -errno;
    w->files = openat(w->dirfd, "files", O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return w->files < 0 ? -errno : 0;
}

static int open_own(struct file_writer *w)
{
    w->own = openat(w->files, w->name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    return w->own < 0 ? -errno : 0;
}

int file_writer_begin(struct file_writer *w, uint64_t size, uint64_t *ret)
{
    int r = open_directory(w);

    *ret = w->number = w->next++;
    w->size = size;
    w->pos = 0;
    snprintf(w->name, sizeof(w->name), "%" PRIu64, w->number);
    w->n_found = w->known ? known_of_size(w->known, size, w->found) : 0;
    return r == 0 && w->n_found == 0 ? open_own(w) : r;
}

/* ---- comparing with a known file */

static bool has_bytes(struct file_writer *w, int fd, const uint8_t *data, size_t len, uint64_t at)
{
    while (len > 0) {
        size_t n = len < CHUNK ? len : CHUNK;

        if (fd_pread(fd, w->chunk, n, at) != (ssize_t)n || memcmp(w->chunk, data, n) != 0)
            return false;
        data += n;
        at += n;
        len -= n;
    }
    return true;
}

static bool has_zeros(struct file_writer *w, int fd, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[CHUNK];

    for (; from < to; from += CHUNK)
        if (!has_bytes(w, fd, zeros, to - from < CHUNK ? (size_t)(to - from) : CHUNK, from))
            return false;
    return true;
}

/* Chooses the first candidate that has these bytes. */
static void choose(struct file_writer *w, const void *data, size_t len, uint64_t offset)
{
    for (size_t i = 0; i < w->n_found && w->like < 0; i++) {
        cleanup_fd int fd = known_open_file(w->found[i].layer, w->found[i].at);

        if (fd < 0 || !has_zeros(w, fd, 0, offset) || !has_bytes(w, fd, data, len, offset))
            continue;
        w->like = steal_fd(&fd);
        w->liked = w->found[i];
    }
    w->n_found = 0;
}

/* The known file is another one: copies what was equal. */
static int go_on_alone(struct file_writer *w)
{
    int r = open_own(w);

    if (r == 0 && w->like >= 0 && w->pos)
        r = copy_content(w->like, 0, w->pos, 0, w->own, 0);
    if (w->like >= 0)
        close(steal_fd(&w->like));
    return r;
}

int file_writer_put(struct file_writer *w, const void *data, size_t len, uint64_t offset)
{
    int r = 0;

    if (w->own < 0 && w->like < 0)
        choose(w, data, len, offset);
    else if (w->own < 0 &&
             !(has_zeros(w, w->like, w->pos, offset) && has_bytes(w, w->like, data, len, offset)))
        r = go_on_alone(w);
    if (r == 0 && w->own < 0 && w->like < 0)
        r = open_own(w);
    if (r == 0 && w->own >= 0)
        r = fd_pwrite(w->own, data, len, offset);
    w->pos = offset + len;
    return r;
}

/* ---- the end */

/* Links the known file under the content's name. `fd` is that file, open. */
static int link_known(struct file_writer *w, const struct known_content *c, int fd)
{
    struct stat here, there;
    int r = known_link_file(c->layer, c->at, w->files, w->name);

    if (r < 0)
        return r;
    if (fstatat(w->files, w->name, &here, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &there) == 0 &&
        here.st_ino == there.st_ino && here.st_dev == there.st_dev && (uint64_t)there.st_size == w->size)
        return 0;
    (void)unlinkat(w->files, w->name, 0);
    return -ESTALE;
}

static bool is_equal(struct file_writer *w, int own, int fd)
{
    for (uint64_t at = 0; at < w->size; at += CHUNK) {
        size_t n = w->size - at < CHUNK ? (size_t)(w->size - at) : CHUNK;

        if (fd_pread(own, w->chunk_b, n, at) != (ssize_t)n || !has_bytes(w, fd, w->chunk_b, n, at))
            return false;
    }
    return true;
}

/* Replaces the written file by a known one that is equal. The new link gets its name by rename(2), so that the
 * written one stays if that fails. 1: done, 0: it is another one, or cannot be linked. */
static int take_known(struct file_writer *w, const struct known_content *c)
{
    static const char own_name[] = ".own";
    cleanup_fd int fd = c->pack == KNOWN_FILE ? known_open_file(c->layer, c->at) : -1;

    if (fd < 0 || !is_equal(w, w->own, fd))
        return 0;
    if (renameat(w->files, w->name, w->files, own_name) < 0)
        return -errno;
    if (link_known(w, c, fd) < 0)
        return renameat(w->files, own_name, w->files, w->name) < 0 ? -errno : 0;
    return unlinkat(w->files, own_name, 0) < 0 ? -errno : 1;
}

/* Makes the written file known, or takes one that another layer made in the meantime. 1: taken. */
static int settle(struct file_writer *w, uint64_t hash)
{
    const struct known_content own = {
        .hash = hash, .size = w->size, .at = w->number, .layer = w->layer, .pack = KNOWN_FILE};
    size_t n = w->known ? known_find_or_add(w->known, &own, w->found) : 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = take_known(w, &w->found[i]);
    if (r == 0 && n > 0)
        known_add(w->known, &own);
    return r;
}

static int end_own(struct file_writer *w, uint64_t hash)
{
    int r = 0;

    if (w->pos < w->size && ftruncate(w->own, (off_t)w->size) < 0)
        r = -errno;
    if (r == 0)
        r = settle(w, hash);
    /* Only a hint: a file system that does not support it is written back by syncfs. */
    if (r == 0)
        (void)sync_file_range(w->own, 0, 0, SYNC_FILE_RANGE_WRITE);
    if (close(steal_fd(&w->own)) < 0 && r >= 0)
        r = -errno;
    return r < 0 ? r : 0;
}

int file_writer_end(struct file_writer *w, uint64_t hash)
{
    int r;

    if (w->own < 0 && w->like >= 0 && has_zeros(w, w->like, w->pos, w->size) &&
        link_known(w, &w->liked, w->like) == 0) {
        close(steal_fd(&w->like));
        return 0;
    }
    r = w->own < 0 ? go_on_alone(w) : 0;
    return r < 0 ? r : end_own(w, hash);
}
