/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as an archive: an OCI layout in one (oci-archive:), or what docker save writes (docker-archive:),
 * in which layers are uncompressed. It is written beside its name and renamed; a pipe gets it as it comes.
 *
 * The header of a tar entry says its size, so a layer is decompressed twice: once to see how long it is, and
 * that it is what its diff ID says.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/blobs_out.h"
#include "export/docker_out.h"
#include "os/cleanup.h"
#include "os/fd.h"

static int put(void *ctx, const void *data, size_t len)
{
    return fd_write(((struct archive_out *)ctx)->fd, data, len);
}

int archive_put_text(struct archive_out *a, const char *path, const char *text, size_t len)
{
    const struct pax_entry e = {.path = path, .mode = S_IFREG | 0644, .size = len};

    return pax_writer_add_bytes(a->tar, &e, text);
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

/* ---- where it goes */

/* Not into the terminal's or a pipe's place, but into the pipe. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

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

static int sync_parent(const char *path)
{
    cleanup_free char *copy = strdup(path);
    cleanup_fd int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_beside(struct export *x, const char *path)
{
    cleanup_free char *beside = NULL;
    cleanup_fd int fd = -1;
    mode_t mask = umask(0);
    int r;

    umask(mask);
    if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
        beside = NULL;
        return -ENOMEM;
    }
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return err_errno(x->err, errno, "%s", path);
    r = fchmod(fd, 0666 & ~mask) < 0 ? -errno : write_archive(x, fd);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(beside, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(beside);
        return r;
    }
    return sync_parent(path);
}

int export_archive(struct export *x)
{
    const char *path = x->options->path;
    cleanup_fd int fd = -1;

    if (strcmp(path, "-") == 0)
        return write_archive(x, STDOUT_FILENO);
    if (!is_special(path))
        return write_beside(x, path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? err_errno(x->err, errno, "%s", path) : write_archive(x, fd);
}
