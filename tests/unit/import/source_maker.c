/* SPDX-License-Identifier: Apache-2.0 */
#include "source_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "image/manifest.h"
#include "os/beneath.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

void maker_init(struct maker *m)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(m->dir, sizeof(m->dir), "%.200s/test-source-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(m->dir))
        fail_msg("cannot make %s", m->dir);
    strcpy(stpcpy(m->archive, m->dir), ".tar"); /* there is room for it */
    m->fd = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(m->fd >= 0);
}

void maker_done(struct maker *m)
{
    close(m->fd);
    assert_int_equal(beneath_remove(AT_FDCWD, m->dir), 0);
    unlink(m->archive);
}

void made_blob_set(struct made_blob *b, const char *data, size_t len)
{
    b->data = malloc(len + 1);
    assert_non_null(b->data);
    memcpy(b->data, data, len);
    b->data[len] = '\0';
    b->len = len;
    assert_int_equal(digest_of(DIGEST_SHA256, data, len, &b->digest), 0);
}

void made_blob_free(struct made_blob *b)
{
    free(b->data);
    *b = (struct made_blob){0};
}

static void add_file(struct archive *a, const char *file)
{
    struct archive_entry *e = archive_entry_new();
    const char *equals = strchr(file, '=');
    size_t path_len = equals ? (size_t)(equals - file) : strlen(file);
    bool is_dir = file[path_len - 1] == '/';
    char path[256];

    snprintf(path, sizeof(path), "%.*s", (int)path_len, file);
    archive_entry_set_pathname(e, path);
    archive_entry_set_mode(e, is_dir ? S_IFDIR | 0755 : S_IFREG | 0644);
    archive_entry_set_mtime(e, 1000000000, 0);
    archive_entry_set_size(e, equals ? (la_int64_t)strlen(equals + 1) : 0);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    if (equals)
        assert_true(archive_write_data(a, equals + 1, strlen(equals + 1)) >= 0);
    archive_entry_free(e);
}

static void layer_bytes(struct made_blob *b, int filter, const char *const files[])
{
    static char room[1 << 20];
    struct archive *a = archive_write_new();
    size_t used = 0;

    assert_int_equal(archive_write_set_format_ustar(a), ARCHIVE_OK);
    if (filter == ARCHIVE_FILTER_GZIP) {
        assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
        assert_int_equal(archive_write_set_filter_option(a, "gzip", "timestamp", NULL), ARCHIVE_OK);
    } else if (filter) {
        assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_memory(a, room, sizeof(room), &used), ARCHIVE_OK);
    for (size_t i = 0; files[i]; i++)
        add_file(a, files[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    made_blob_set(b, room, used);
}

void made_layer_set(struct made_layer *l, enum compression c, const char *const files[])
{
    layer_bytes(&l->tar, 0, files);
    layer_bytes(&l->blob, c == GZIP ? ARCHIVE_FILTER_GZIP : c == ZSTD ? ARCHIVE_FILTER_ZSTD : 0, files);
}

void made_layer_free(struct made_layer *l)
{
    made_blob_free(&l->blob);
    made_blob_free(&l->tar);
}

void maker_file(struct maker *m, const char *path, const void *data, size_t len)
{
    char parent[256];
    cleanup_fd int fd = -1;

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
        assert_true(mkdirat(m->fd, parent, 0755) == 0 || errno == EEXIST);
    }
    fd = openat(m->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fd_write(fd, data, len), 0);
}

void maker_text(struct maker *m, const char *path, const char *text)
{
    maker_file(m, path, text, strlen(text));
}

void maker_blob(struct maker *m, const struct made_blob *b)
{
    char hex[DIGEST_HEX_MAX], path[256];

    snprintf(path, sizeof(path), "blobs/sha256/%s", digest_hex(&b->digest, hex));
    maker_file(m, path, b->data, b->len);
}

void maker_remove(struct maker *m, const char *path)
{
    assert_int_equal(unlinkat(m->fd, path, 0), 0);
}

static char *finish(struct buf *b)
{
    assert_non_null(buf_str(b));
    return b->data;
}

char *made_config(const char *arch, const struct made_layer *layers, size_t n)
{
    struct buf b = BUF_INIT;
    char text[DIGEST_STRING_MAX];

    buf_printf(
        &b,
        "{\"os\": \"linux\", \"architecture\": \"%s\", \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [",
        arch);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s\"%s\"", i ? ", " : "", digest_string(&layers[i].tar.digest, text));
    buf_printf(&b, "]}}");
    return finish(&b);
}

char *made_descriptor(const char *media_type, const struct made_blob *b, const char *more)
{
    struct buf text = BUF_INIT;
    char digest[DIGEST_STRING_MAX];

    buf_printf(&text, "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %zu%s}", media_type,
               digest_string(&b->digest, digest), b->len, more);
    return finish(&text);
}

char *made_manifest(const struct made_blob *config, const struct made_layer *layers, size_t n)
{
    struct buf b = BUF_INIT;
    char *part = made_descriptor(MT_OCI_CONFIG, config, "");

    buf_printf(&b, "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"config\": %s, \"layers\": [",
               MT_OCI_MANIFEST, part);
    free(part);
    for (size_t i = 0; i < n; i++) {
        /* The media type tells nothing: bytes do. */
        part = made_descriptor(MT_OCI_LAYER_GZIP, &layers[i].blob, "");
        buf_printf(&b, "%s%s", i ? ", " : "", part);
        free(part);
    }
    buf_printf(&b, "]}");
    return finish(&b);
}

char *made_index(const char *const entries[], size_t n)
{
    struct buf b = BUF_INIT;

    buf_printf(&b, "{\"schemaVersion\": 2, \"manifests\": [");
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", entries[i]);
    buf_printf(&b, "]}");
    return finish(&b);
}

char *maker_image(struct maker *m, const char *arch, const struct made_layer *layers, size_t n,
                  const char *more)
{
    struct made_blob config, manifest;
    char *text = made_config(arch, layers, n), *descriptor;

    made_blob_set(&config, text, strlen(text));
    free(text);
    text = made_manifest(&config, layers, n);
    made_blob_set(&manifest, text, strlen(text));
    free(text);
    maker_blob(m, &config);
    maker_blob(m, &manifest);
    for (size_t i = 0; i < n; i++)
        maker_blob(m, &layers[i].blob);
    descriptor = made_descriptor(MT_OCI_MANIFEST, &manifest, more);
    made_blob_free(&config);
    made_blob_free(&manifest);
    return descriptor;
}

/* nftw(3) has no argument for its callback. */
static struct {
    char paths[64][256];
    size_t n;
} listing;

static int list_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if ((type == FTW_F || type == FTW_SL) && st) {
        assert_true(listing.n < 64);
        snprintf(listing.paths[listing.n++], sizeof(listing.paths[0]), "%s", path);
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void pack_one(struct archive *a, struct archive *disk, const struct maker *m, const char *path)
{
    struct archive_entry *e = archive_entry_new();
    cleanup_free char *data = NULL;
    cleanup_fd int fd = -1;
    size_t len = 0;

    archive_entry_copy_sourcepath(e, path);
    assert_int_equal(archive_read_disk_entry_from_file(disk, e, -1, NULL), ARCHIVE_OK);
    archive_entry_set_pathname(e, path + strlen(m->dir) + 1);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    if (archive_entry_filetype(e) == S_IFREG) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(fd_slurp(fd, 1 << 20, &data, &len), 0);
        assert_int_equal(archive_write_data(a, data, len), (la_ssize_t)len);
    }
    archive_entry_free(e);
}

void maker_pack(struct maker *m, bool backwards)
{
    struct archive *a = archive_write_new(), *disk = archive_read_disk_new();

    listing.n = 0;
    assert_int_equal(nftw(m->dir, list_one, 8, FTW_PHYS), 0);
    qsort(listing.paths, listing.n, sizeof(listing.paths[0]), by_name);
    assert_int_equal(archive_write_set_format_gnutar(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, m->archive), ARCHIVE_OK);
    for (size_t i = 0; i < listing.n; i++)
        pack_one(a, disk, m, listing.paths[backwards ? listing.n - 1 - i : i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    archive_read_free(disk);
}
