/* SPDX-License-Identifier: Apache-2.0 */
/* Written for libarchive 3.6. See the head of tar_reader.h for what is done about names. */
#include "import/tar_reader.h"

#include <archive.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>

struct tar_reader {
    struct archive *archive;
    unpack_read_fn read;
    void *ctx;
    int read_error; /* what `read` returned */
    locale_t locale, before;
};

static la_ssize_t give_more(struct archive *a, void *ctx, const void **ret)
{
    struct tar_reader *t = ctx;
    ssize_t n = t->read(t->ctx, ret);

    if (n >= 0)
        return n;
    t->read_error = (int)n;
    archive_set_error(a, (int)-n, "reading failed");
    return ARCHIVE_FATAL;
}

/* libarchive's table for base64 (xattrs of LIBARCHIVE.xattr records) is made at its first use, without a
 * lock: a second thread could find it half made and lose bytes of a value. So one such record is read before
 * there are other readers. */
static void read_one_base64_record(void)
{
    char bytes[16384];
    size_t used = 0;
    struct archive *w = archive_write_new(), *r = archive_read_new();
    struct archive_entry *e = archive_entry_new();

    if (w && r && e && archive_write_set_format_pax(w) == ARCHIVE_OK &&
        archive_write_open_memory(w, bytes, sizeof(bytes), &used) == ARCHIVE_OK) {
        archive_entry_set_pathname(e, "x");
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_size(e, 0);
        archive_entry_xattr_add_entry(e, "user.x", "x", 1);
        archive_write_header(w, e);
        archive_write_close(w);
        archive_read_support_format_tar(r);
        if (archive_read_open_memory(r, bytes, used) == ARCHIVE_OK)
            archive_read_next_header2(r, e);
    }
    archive_entry_free(e);
    archive_read_free(r);
    archive_write_free(w);
}

static int failed(struct tar_reader *t, struct err *err)
{
    const char *why = archive_error_string(t->archive);
    int64_t position = archive_filter_bytes(t->archive, 0);

    if (t->read_error)
        return t->read_error;
    if (archive_errno(t->archive) == ENOMEM)
        return err_errno(err, ENOMEM, "reading the archive");
    return err_set(err, EBADMSG, "the tar archive is damaged near byte %" PRId64 ": %s",
                   position < 0 ? 0 : position, why ? why : "malformed header");
}

int tar_reader_new(unpack_read_fn read, void *ctx, struct tar_reader **ret, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tar_reader *t = calloc(1, sizeof(*t));

    if (!t)
        return err_errno(err, ENOMEM, "reading the archive");
    pthread_once(&once, read_one_base64_record);
    t->read = read;
    t->ctx = ctx;
    t->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (t->locale)
        t->before = uselocale(t->locale);
    t->archive = archive_read_new();
    if (!t->locale || !t->archive || archive_read_support_format_tar(t->archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(t->archive) != ARCHIVE_OK) {
        tar_reader_free(t);
        return err_errno(err, ENOMEM, "reading the archive");
    }
    if (archive_read_open(t->archive, t, NULL, give_more, NULL) != ARCHIVE_OK) {
        int r = failed(t, err);

        tar_reader_free(t);
        return r;
    }
    *ret = t;
    return 0;
}

void tar_reader_free(struct tar_reader *t)
{
    if (!t)
        return;
    archive_read_free(t->archive);
    if (t->before)
        uselocale(t->before);
    if (t->locale)
        freelocale(t->locale);
    free(t);
}

int tar_reader_next(struct tar_reader *t, struct archive_entry **ret, struct err *err)
{
    switch (archive_read_next_header(t->archive, ret)) {
    case ARCHIVE_OK:
        return 1;
    case ARCHIVE_EOF:
        /* Where the first read fails libarchive sees an empty archive. */
        return t->read_error;
    case ARCHIVE_WARN:
        /* EILSEQ: a name was not converted, which is what we want. Nothing else warns with it. */
        if (archive_errno(t->archive) == EILSEQ)
            return 1;
        return failed(t, err);
    default:
        return failed(t, err);
    }
}

int tar_reader_data(struct tar_reader *t, const void **ret, size_t *ret_len, int64_t *ret_offset,
                    struct err *err)
{
    switch (archive_read_data_block(t->archive, ret, ret_len, ret_offset)) {
    case ARCHIVE_OK:
        return 1;
    case ARCHIVE_EOF:
        return 0;
    default:
        return failed(t, err);
    }
}
