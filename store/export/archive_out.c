/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as an archive: an OCI layout (oci-archive:), or the format of docker save (docker-archive:) with
 * uncompressed layers. A file gets its name when complete; a pipe is written directly.
 *
 * The header of a tar entry contains its size, so a layer is decompressed twice: first to measure it and to
 * verify its diff ID.
 */
#include "export/archive_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "export/blobs_out.h"
#include "export/docker_out.h"
#include "export/out_file.h"
#include "os/cleanup.h"
#include "os/trusted.h"

/* Writes to the file or pipe. Waits for a slow reader until cancelled. */
static int put(void *ctx, const void *data, size_t len)
{
    const struct archive_out *a = ctx;
    const char *p = data;

    while (len) {
        ssize_t n = write(a->fd, p, len);

        if (n < 0 && errno == EINTR && !export_cancelled(a->x))
            continue;
        if (n <= 0)
            return n == 0 ? -ENOSPC : errno == EINTR ? -ECANCELED : -errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* ---- an OCI layout */

static int put_directory(struct archive_out *a, const char *path)
{
    const struct pax_entry e = {.path = path, .mode = S_IFDIR | 0755};

    return pax_writer_add(a->tar, &e);
}

static int put_bytes(void *ctx, const void *data, size_t len)
{
    return pax_writer_more(((struct archive_out *)ctx)->tar, data, len);
}

static int add_blob(void *ctx, const struct digest *d, uint64_t size)
{
    struct archive_out *a = ctx;
    char path[DIGEST_STRING_MAX + sizeof "blobs/"], hex[DIGEST_HEX_MAX];
    const struct pax_entry e = {.path = path, .mode = S_IFREG | 0644, .size = size};
    int r;

    snprintf(path, sizeof path, "blobs/%s/%s", digest_alg_name(d->alg), digest_hex(d, hex));
    r = pax_writer_begin(a->tar, &e);
    if (r == 0)
        r = blob_out(a->x, d, put_bytes, a);
    return r < 0 ? r : pax_writer_finish(a->tar);
}

static int any_sha512(void *ctx, const struct digest *d, uint64_t size)
{
    (void)size;
    *(bool *)ctx |= d->alg == DIGEST_SHA512;
    return 0;
}

static int write_oci(struct archive_out *a)
{
    cleanup_free char *index = NULL;
    bool sha512 = false;
    size_t len;
    int r = export_index(a->x, NULL, 0, &index, &len);

    if (r == 0)
        r = archive_put_text(a, "oci-layout", OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT));
    if (r == 0)
        r = archive_put_text(a, "index.json", index, len);
    if (r == 0)
        r = put_directory(a, "blobs/");
    if (r == 0)
        r = put_directory(a, "blobs/sha256/");
    (void)blobs_each(a->x, any_sha512, &sha512);
    if (r == 0 && sha512)
        r = put_directory(a, "blobs/sha512/");
    return r < 0 ? r : blobs_each(a->x, add_blob, a);
}

/* ---- the destination */

static int write_archive(struct export *x, int fd)
{
    struct archive_out a = {.x = x, .fd = fd};
    int r;

    a.tar = pax_writer_new(put, &a);
    if (!a.tar)
        return -ENOMEM;
    r = x->options->form == SOURCE_OCI_ARCHIVE ? write_oci(&a) : docker_write(&a);
    if (r == 0)
        r = pax_writer_end(a.tar);
    pax_writer_free(a.tar);
    return r;
}

static int write_in(struct export *x, int dir, const char *name)
{
    char temporary[64];
    struct out_file f;
    int r;

    snprintf(temporary, sizeof temporary, ".mica-%ld-%lx", (long)getpid(), (unsigned long)time(NULL));
    r = out_file_begin(dir, name, temporary, 0666, &f);
    if (r < 0)
        return r;
    r = write_archive(x, f.fd);
    if (r == 0)
        return out_file_publish(&f);
    out_file_drop(&f);
    return r;
}

/* Writes into an existing terminal or pipe instead of replacing it; waits for the pipe's reader. */
static int open_special(const struct export *x, const struct trusted *t)
{
    char own[32];
    int fd;

    snprintf(own, sizeof own, "/proc/self/fd/%d", t->file);
    do
        fd = open(own, O_WRONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && !export_cancelled(x));
    return fd >= 0 ? fd : errno == EINTR ? -ECANCELED : -errno;
}

static int write_special(struct export *x, const struct trusted *t)
{
    cleanup_fd int fd = open_special(x, t);

    return fd < 0 ? err_errno(x->err, -fd, "%s", x->options->path) : write_archive(x, fd);
}

static int write_to(struct export *x, const struct trusted *t)
{
    if (t->file < 0 || S_ISREG(t->st.st_mode)) {
        cleanup_fd int dir = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -errno : write_in(x, dir, t->name);
    }
    if (S_ISDIR(t->st.st_mode))
        return -EISDIR;
    /* Another user's pipe in a sticky directory would give that user the image (fs.protected_fifos covers
     * only opens with O_CREAT). */
    if (S_ISFIFO(t->st.st_mode) && trusted_is_foreign(&t->dir_st, &t->st))
        return err_set(x->err, EACCES,
                       "%s is another user's pipe in a world-writable directory: use a file of your own",
                       x->options->path);
    return write_special(x, t);
}

int export_archive(struct export *x)
{
    const char *path = x->options->path;
    struct trusted t;
    int r;

    if (strcmp(path, "-") == 0)
        return write_archive(x, STDOUT_FILENO);
    if (*path && path[strlen(path) - 1] == '/')
        return -EISDIR;
    r = export_find(x, &t);
    if (r < 0)
        return r;
    r = write_to(x, &t);
    trusted_close(&t);
    return r;
}
