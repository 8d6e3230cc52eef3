/* SPDX-License-Identifier: Apache-2.0 */
/* Written for libarchive 3.6. The head of tar_reader.h describes the handling of names. */
#include "import/tar_reader.h"

#include <archive.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>

#include "import/tar_frames.h"

struct tar_reader {
    struct archive *archive;
    struct tar_frames *frames;
    int read_error;     /* error of `read`, or of the frames */
    struct err refusal; /* the line of the latter */
    locale_t locale, before;
};

static la_ssize_t give_more(struct archive *a, void *ctx, const void **ret)
{
    struct tar_reader *t = ctx;
    ssize_t n = tar_frames_read(t->frames, ret, &t->refusal);

    if (n >= 0)
        return n;
    t->read_error = (int)n;
    archive_set_error(a, (int)-n, "reading failed");
    return ARCHIVE_FATAL;
}

static la_int64_t pass_over(struct archive *a, void *ctx, la_int64_t want)
{
    struct tar_reader *t = ctx;

    (void)a;
    return want > 0 ? (la_int64_t)tar_frames_skip(t->frames, (uint64_t)want) : 0;
}

/* libarchive initialises its base64 table (for LIBARCHIVE.xattr records) at first use, without a lock: a
 * second thread could use a partial table and lose bytes of a value. So one such record is read before any
 * other reader exists. */
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

    if (t->read_error) {
        if (t->refusal.text[0] && err)
            *err = t->refusal;
        return t->read_error;
    }
    if (archive_errno(t->archive) == ENOMEM)
        return err_errno(err, ENOMEM, "reading the archive");
    return err_set(err, EBADMSG, "the tar archive is damaged near byte %" PRIu64 ": %s",
                   tar_frames_position(t->frames), why ? why : "malformed header");
}

static bool make_archive(struct tar_reader *t)
{
    t->archive = archive_read_new();
    return t->archive && archive_read_support_format_tar(t->archive) == ARCHIVE_OK &&
           archive_read_support_format_empty(t->archive) == ARCHIVE_OK &&
           archive_read_set_read_callback(t->archive, give_more) == ARCHIVE_OK &&
           archive_read_set_skip_callback(t->archive, pass_over) == ARCHIVE_OK &&
           archive_read_set_callback_data(t->archive, t) == ARCHIVE_OK;
}

int tar_reader_new(const struct tar_source *source, struct tar_reader **ret, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tar_reader *t = calloc(1, sizeof(*t));

    if (!t)
        return err_errno(err, ENOMEM, "reading the archive");
    pthread_once(&once, read_one_base64_record);
    t->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (t->locale)
        t->before = uselocale(t->locale);
    t->frames = tar_frames_new(source->read, source->skip, source->ctx);
    if (!t->locale || !t->frames || !make_archive(t)) {
        tar_reader_free(t);
        return err_errno(err, ENOMEM, "reading the archive");
    }
    if (archive_read_open1(t->archive) != ARCHIVE_OK) {
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
    tar_frames_free(t->frames);
    if (t->before)
        uselocale(t->before);
    if (t->locale)
        freelocale(t->locale);
    free(t);
}

static int disagree(struct tar_reader *t, struct err *err)
{
    return err_set(err, EBADMSG,
                   "readers of tar differ on the archive near byte %" PRIu64 ": on where an entry begins",
                   tar_frames_position(t->frames));
}

/* Checks that the entry from libarchive is the one of the frames. */
static int check_entry(struct tar_reader *t, struct err *err)
{
    int64_t start = archive_read_header_position(t->archive);

    return start >= 0 && (uint64_t)start == tar_frames_now(t->frames)->start ? 1 : disagree(t, err);
}

int tar_reader_next(struct tar_reader *t, struct archive_entry **ret, struct err *err)
{
    switch (archive_read_next_header(t->archive, ret)) {
    case ARCHIVE_OK:
        return check_entry(t, err);
    case ARCHIVE_EOF:
        /* libarchive reports an empty archive if the first read fails. */
        if (t->read_error)
            return failed(t, err);
        return tar_frames_ended(t->frames) ? 0 : disagree(t, err);
    case ARCHIVE_WARN:
        /* EILSEQ: a name was not converted, as intended. No other warning has this code. */
        if (archive_errno(t->archive) == EILSEQ)
            return check_entry(t, err);
        return failed(t, err);
    default:
        return failed(t, err);
    }
}

const struct tar_frame *tar_reader_frame(const struct tar_reader *t)
{
    return tar_frames_now(t->frames);
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
