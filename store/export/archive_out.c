/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as an archive: an OCI layout in one (oci-archive:), or what docker save writes (docker-archive:),
 * in which layers are uncompressed. It gets its name when it is complete; a pipe gets it as it comes.
 *
 * The header of a tar entry says its size, so a layer is decompressed twice: once to see how long it is, and
 * that it is what its diff ID says.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
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
#include "os/fd.h"

static int put(void *ctx, const void *data, size_t len)
{
    return fd_write(((struct archive_out *)ctx)->fd, data, len);
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

/* The file that `path` names in the end: links stay what they are. */
static char *follow(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(path, NULL) : strdup(path);
}

/* In a directory for everybody, such as /tmp, another user's link leads nowhere: the kernel's rule
 * (fs.protected_symlinks), which asking where a link leads to would go past. Nor is his pipe written to, who
 * would read the image (fs.protected_fifos, which is for files that may be made). */
static bool is_trap(const char *path, const struct stat *st)
{
    cleanup_free char *copy = strdup(path);
    struct stat dir;

    if (!copy || (!S_ISLNK(st->st_mode) && !S_ISFIFO(st->st_mode)) || stat(dirname(copy), &dir) < 0)
        return false;
    return dir.st_mode & S_ISVTX && dir.st_mode & S_IWOTH && st->st_uid != geteuid() &&
           st->st_uid != dir.st_uid;
}

static int refuse_trap(struct export *x, const struct stat *st)
{
    return err_set(x->err, EACCES,
                   "%s is another user's %s in a directory for everybody: name a file of your own",
                   x->options->path, S_ISFIFO(st->st_mode) ? "pipe" : "link");
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

static int write_whole(struct export *x, const char *path)
{
    cleanup_free char *where = follow(path);
    char *slash = where ? strrchr(where, '/') : NULL;
    const char *name = slash ? slash + 1 : where;
    cleanup_fd int dir = -1;

    if (!where)
        return -errno;
    if (!*name)
        return -EISDIR;
    if (slash && slash != where)
        *slash = '\0';
    dir = open(!slash ? "." : slash == where ? "/" : where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? -errno : write_in(x, dir, name);
}

int export_archive(struct export *x)
{
    const char *path = x->options->path;
    cleanup_fd int fd = -1;
    struct stat st;

    if (strcmp(path, "-") == 0)
        return write_archive(x, STDOUT_FILENO);
    if (lstat(path, &st) == 0 && is_trap(path, &st))
        return refuse_trap(x, &st);
    if (!is_special(path))
        return write_whole(x, path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(x->err, errno, "%s", path);
    return is_trap(path, &st) ? refuse_trap(x, &st) : write_archive(x, fd);
}
