/* SPDX-License-Identifier: Apache-2.0 */
#include "import/tar_frames.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "import/pax_records.h"
#include "import/tar_header.h"
#include "os/buf.h"

#define EXTENSION_MAX (1u << 20) /* of one extended header, as in Go and libarchive */
#define SPARSE_MAX    (8u << 20) /* of the blocks of a sparse map after a header */

struct tar_frames {
    tar_frames_read_fn read;
    tar_frames_skip_fn skip;
    void *ctx;
    const uint8_t *run; /* rest of the last run */
    size_t run_len;
    uint64_t in, out;   /* bytes read, bytes passed on */
    uint64_t position;  /* position of the current block, for messages */
    uint64_t body_left; /* of the current body, with its padding */
    struct buf headers; /* of the current frame */
    struct tar_frame now;
    uint8_t ahead[TAR_BLOCK]; /* a block that was read ahead */
    bool has_ahead;
    bool end_is_doubtful; /* a size was ignored, and a body of zeros would look like the end */
    bool ended;
};

/* The extended headers before an entry. */
struct extensions {
    bool pax, name, link;
    size_t records, name_at; /* offsets of pax's records and the long name in `headers` */
    struct pax_facts facts;
};

enum name_form { IN_HEADER, IN_PAX, IN_LONG };

/* An entry's name in `headers`. */
struct name {
    enum name_form form;
    char *text; /* without a final NUL */
    size_t len;
};

struct tar_frames *tar_frames_new(tar_frames_read_fn read, tar_frames_skip_fn skip, void *ctx)
{
    struct tar_frames *f = calloc(1, sizeof(*f));

    if (f)
        *f = (struct tar_frames){.read = read, .skip = skip, .ctx = ctx, .headers = BUF_INIT};
    return f;
}

void tar_frames_free(struct tar_frames *f)
{
    if (!f)
        return;
    buf_free(&f->headers);
    free(f);
}

static int damaged(const struct tar_frames *f, struct err *err, const char *why)
{
    return err_set(err, EBADMSG, "the tar archive is damaged near byte %" PRIu64 ": %s", f->position, why);
}

static int no_header(const struct tar_frames *f, struct err *err, const char *why)
{
    if (f->position == 0)
        return err_set(err, EBADMSG, "it is no tar archive: it does not begin with a header");
    return damaged(f, err, why);
}

static int ambiguous(const struct tar_frames *f, struct err *err, const char *why)
{
    return err_set(err, EBADMSG, "readers of tar differ on the archive near byte %" PRIu64 ": %s",
                   f->position, why);
}

/* ---- reading bytes */

/* Returns 1 if the run has bytes, 0 at the end. */
static int want_run(struct tar_frames *f)
{
    const void *p;
    ssize_t n;

    if (f->run_len)
        return 1;
    n = f->read(f->ctx, &p);
    if (n <= 0)
        return (int)n;
    f->run = p;
    f->run_len = (size_t)n;
    return 1;
}

static void take(struct tar_frames *f, size_t n)
{
    f->run += n;
    f->run_len -= n;
    f->in += n;
}

/* Copies up to `len` bytes; returns the number copied. */
static ssize_t take_bytes(struct tar_frames *f, void *to, size_t len)
{
    size_t done = 0;

    while (done < len) {
        int r = want_run(f);
        size_t n = f->run_len < len - done ? f->run_len : len - done;

        if (r < 0)
            return r;
        if (r == 0)
            break;
        memcpy((char *)to + done, f->run, n);
        take(f, n);
        done += n;
    }
    return (ssize_t)done;
}

/* Reads a block: 1, or 0 at the end. */
static int take_block(struct tar_frames *f, uint8_t *to, struct err *err)
{
    ssize_t n;

    if (f->has_ahead) {
        memcpy(to, f->ahead, TAR_BLOCK);
        f->has_ahead = false;
        return 1;
    }
    n = take_bytes(f, to, TAR_BLOCK);
    if (n < 0)
        return (int)n;
    if (n > 0 && n < (ssize_t)TAR_BLOCK)
        return no_header(f, err, "it is cut short within a header");
    return n > 0;
}

/* ---- the end */

static int only_zeros_follow(struct tar_frames *f, struct err *err)
{
    for (;;) {
        int r = want_run(f);

        if (r <= 0)
            return r;
        for (size_t i = 0; i < f->run_len; i++)
            if (f->run[i])
                return ambiguous(
                    f, err,
                    "an entry that can have no body has a size, and zeros behind it that are its "
                    "body or the end of the archive");
        take(f, f->run_len);
    }
}

/* Handles the end after the first block of zeros. */
static int end_here(struct tar_frames *f, struct err *err)
{
    uint8_t block[TAR_BLOCK];
    ssize_t n = take_bytes(f, block, sizeof(block));

    if (n < 0)
        return (int)n;
    if (n == (ssize_t)sizeof(block) && !tar_header_is_zero(block))
        return ambiguous(f, err,
                         "data after a single block of zeros, which ends the archive for some readers");
    f->ended = true;
    return f->end_is_doubtful ? only_zeros_follow(f, err) : 0;
}

/* ---- extended headers */

static int append_block(struct tar_frames *f, const uint8_t *block, struct err *err)
{
    return buf_append(&f->headers, block, TAR_BLOCK) < 0 ? err_errno(err, ENOMEM, "reading the archive") : 0;
}

/* Appends an extended header and its body; *ret_body is valid until the next append. */
static int take_extension(struct tar_frames *f, uint8_t *block, char **ret_body, size_t *ret_len,
                          struct err *err)
{
    uint64_t size;
    size_t padded;
    ssize_t n;
    int r;

    if (tar_header_size(block, &size) < 0 || size > EXTENSION_MAX)
        return damaged(f, err, "an extended header is too large, or its size is no number");
    padded = (size_t)tar_padded(size);
    tar_header_set_size(block, size);
    r = append_block(f, block, err);
    if (r < 0)
        return r;
    if (buf_reserve(&f->headers, padded) < 0)
        return err_errno(err, ENOMEM, "reading the archive");
    *ret_body = f->headers.data + f->headers.len;
    *ret_len = (size_t)size;
    n = take_bytes(f, *ret_body, padded);
    if (n < 0)
        return (int)n;
    if ((size_t)n < padded)
        return damaged(f, err, "it is cut short within an extended header");
    f->headers.len += padded;
    return 0;
}

static int take_pax(struct tar_frames *f, uint8_t *block, struct extensions *x, struct err *err)
{
    const char *why;
    char *body;
    size_t len;
    int r = take_extension(f, block, &body, &len, err);

    if (r < 0)
        return r;
    if (x->pax)
        return ambiguous(f, err, "an entry has two pax headers");
    x->pax = true;
    x->records = (size_t)(body - f->headers.data);
    return pax_records_make_plain(body, len, &x->facts, &why) < 0 ? damaged(f, err, why) : 0;
}

static int take_long(struct tar_frames *f, uint8_t *block, struct extensions *x, struct err *err)
{
    bool is_name = tar_header_type(block) == 'L';
    bool *seen = is_name ? &x->name : &x->link;
    char *body;
    size_t len;
    int r = take_extension(f, block, &body, &len, err);

    if (r < 0)
        return r;
    if (*seen)
        return ambiguous(f, err, "an entry has two long names or two long targets");
    *seen = true;
    len = strnlen(body, len);
    if (len == 0)
        return ambiguous(f, err, "a long name is empty");
    if (is_name)
        x->name_at = (size_t)(body - f->headers.data);
    return 0;
}

/* Checks a global header and drops it. */
static int take_global(struct tar_frames *f, uint8_t *block, struct err *err)
{
    size_t before = f->headers.len, len;
    const char *why;
    char *body;
    int r = take_extension(f, block, &body, &len, err);

    if (r < 0)
        return r;
    f->headers.len = before;
    return pax_records_check_global(body, len, &why) < 0 ? ambiguous(f, err, why) : 0;
}

static int take_label(struct tar_frames *f, const uint8_t *block, struct err *err)
{
    uint64_t size;

    if (tar_header_size(block, &size) < 0 || size > 0)
        return ambiguous(f, err, "a volume label has a size");
    return 0;
}

/* ---- the entry's own header */

/* Finds the name that container engines use: GNU's long one, pax's path, or the header's. */
static struct name find_name(struct tar_frames *f, const struct extensions *x, size_t header)
{
    struct name n = {.form = IN_HEADER};

    if (x->name) {
        n.form = IN_LONG;
        n.text = f->headers.data + x->name_at;
        n.len = strlen(n.text);
    } else if (x->facts.path_len) {
        n.form = IN_PAX;
        n.text = f->headers.data + x->records + x->facts.path;
        n.len = x->facts.path_len;
    } else {
        n.text = tar_header_name((uint8_t *)f->headers.data + header, &n.len);
    }
    return n;
}

/* libarchive takes a file whose name ends in a slash for a directory. Moves the slashes of pax's path,
 * whose length precedes it, to its beginning, where they mean nothing. */
static void take_slashes_away(struct name *n)
{
    size_t len = n->len;

    while (len && n->text[len - 1] == '/')
        len--;
    if (len == 0 || len == n->len)
        return;
    if (n->form == IN_PAX) {
        memmove(n->text + (n->len - len), n->text, len);
        memset(n->text, '/', n->len - len);
    } else {
        memset(n->text + len, 0, n->len - len);
    }
}

/* Checks the bytes after an entry that has a size but no body. */
static int check_no_body(struct tar_frames *f, struct err *err)
{
    int r = take_block(f, f->ahead, err);

    if (r < 0)
        return r;
    f->has_ahead = r > 0;
    f->end_is_doubtful = r == 0 || tar_header_is_zero(f->ahead);
    if (r > 0 && !f->end_is_doubtful && !tar_header_checksum_is_right(f->ahead))
        return ambiguous(f, err, "a body behind a link, directory, device or fifo, which have none");
    return 0;
}

/* Reads the further blocks of GNU's sparse map. */
static int take_sparse_map(struct tar_frames *f, const uint8_t *block, struct err *err)
{
    uint8_t more[TAR_BLOCK];
    bool is_more = block[482] != 0;

    if (!tar_header_is_gnu(block))
        return ambiguous(f, err, "a GNU sparse file in an archive that is not GNU's");
    while (is_more) {
        int r = take_block(f, more, err);

        if (r < 0)
            return r;
        if (r == 0)
            return damaged(f, err, "it is cut short within a sparse map");
        if (f->headers.len > SPARSE_MAX)
            return damaged(f, err, "a sparse map is too long");
        r = append_block(f, more, err);
        if (r < 0)
            return r;
        is_more = more[504] != 0;
    }
    return 0;
}

static int check_header(struct tar_frames *f, const uint8_t *block, const struct extensions *x,
                        struct err *err)
{
    char type = tar_header_type(block);

    if (!tar_header_prefix_is_clear(block))
        return ambiguous(f, err, "a header has something that only some take for the beginning of its name");
    if (x->name && x->facts.path_len)
        return ambiguous(f, err, "an entry has a name both in pax's and in GNU's form");
    if (x->link && x->facts.has_link && (type == '1' || type == '2'))
        return ambiguous(f, err, "an entry has a target both in pax's and in GNU's form");
    return 0;
}

/* Decides the meaning of a slash at the name's end. */
static int check_name(struct tar_frames *f, const struct extensions *x, size_t header, uint64_t size,
                      struct err *err)
{
    struct name n = find_name(f, x, header);
    char type = f->now.type;

    if (n.len == 0 || n.text[n.len - 1] != '/')
        return 0;
    if (type == '0' || type == '7')
        take_slashes_away(&n);
    if (type == '\0' && size > 0)
        return ambiguous(f, err, "an old directory (a file whose name ends in a slash) has a size");
    return 0;
}

static int take_entry(struct tar_frames *f, uint8_t *block, const struct extensions *x, struct err *err)
{
    char type = tar_header_type(block);
    uint64_t size = x->facts.size, start = f->out;
    size_t at;
    int r;

    if (!x->facts.has_size && tar_header_size(block, &size) < 0)
        return damaged(f, err, "the size in a header is no number, negative or too large");
    r = check_header(f, block, x, err);
    if (r < 0)
        return r;
    at = f->headers.len;
    r = append_block(f, block, err);
    if (r == 0 && type == 'S')
        r = take_sparse_map(f, block, err);
    f->now = (struct tar_frame){.start = start, .body = f->in, .type = type};
    f->end_is_doubtful = false;
    if (r == 0)
        r = check_name(f, x, at, size, err);
    if (r == 0 && size > 0 && tar_type_has_no_body(type)) {
        r = check_no_body(f, err);
        size = 0;
    }
    if (r < 0)
        return r;
    tar_header_set_size((uint8_t *)f->headers.data + at, size);
    f->now.size = size;
    f->body_left = tar_padded(size);
    return 1;
}

/* Reads all headers of an entry. Returns 1 if `headers` is complete, 0 at the end of the archive. */
static int take_headers(struct tar_frames *f, struct err *err)
{
    struct extensions x = {0};
    uint8_t block[TAR_BLOCK];
    int r;

    f->headers.len = 0;
    for (;;) {
        bool inside = f->headers.len > 0;

        f->position = f->in - (f->has_ahead ? TAR_BLOCK : 0);
        r = take_block(f, block, err);
        if (r < 0)
            return r;
        if (inside && (r == 0 || tar_header_is_zero(block)))
            return damaged(f, err, "it is cut short behind an extended header");
        if (r == 0)
            f->ended = true;
        if (r == 0 || tar_header_is_zero(block))
            return r == 0 ? 0 : end_here(f, err);
        if (!tar_header_checksum_is_right(block))
            return no_header(f, err, "a header is missing, or its checksum is wrong");
        switch (tar_header_type(block)) {
        case 'x':
            r = take_pax(f, block, &x, err);
            break;
        case 'L':
        case 'K':
            r = take_long(f, block, &x, err);
            break;
        case 'g':
            r = take_global(f, block, err);
            break;
        case 'V':
            r = take_label(f, block, err);
            break;
        case 'X':
        case 'A':
        case 'N':
        case 'M':
            return ambiguous(
                f, err, "a header of Solaris or GNU that some readers take for no entry (type X, A, N or M)");
        default:
            return take_entry(f, block, &x, err);
        }
        if (r < 0)
            return r;
    }
}

/* ---- passing on */

static ssize_t hand_on_body(struct tar_frames *f, const void **ret, struct err *err)
{
    int r = want_run(f);
    size_t n = f->run_len < f->body_left ? f->run_len : (size_t)f->body_left;

    if (r < 0)
        return r;
    if (r == 0)
        return damaged(f, err, "it is cut short within a body");
    f->position = f->in;
    *ret = f->run;
    take(f, n);
    f->body_left -= n;
    f->out += n;
    return (ssize_t)n;
}

ssize_t tar_frames_read(struct tar_frames *f, const void **ret, struct err *err)
{
    int r;

    if (f->ended)
        return 0;
    if (f->body_left)
        return hand_on_body(f, ret, err);
    r = take_headers(f, err);
    if (r <= 0)
        return r;
    *ret = f->headers.data;
    f->out += f->headers.len;
    return (ssize_t)f->headers.len;
}

uint64_t tar_frames_skip(struct tar_frames *f, uint64_t want)
{
    uint64_t n = want < f->body_left ? want : f->body_left;

    if (!f->skip || f->run_len || n == 0)
        return 0;
    n = f->skip(f->ctx, n);
    f->in += n;
    f->out += n;
    f->body_left -= n;
    return n;
}

const struct tar_frame *tar_frames_now(const struct tar_frames *f)
{
    return &f->now;
}

bool tar_frames_ended(const struct tar_frames *f)
{
    return f->ended;
}

uint64_t tar_frames_position(const struct tar_frames *f)
{
    return f->in;
}
