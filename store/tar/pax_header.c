/* SPDX-License-Identifier: Apache-2.0 */
#include "tar/pax_header.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct ustar {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[8], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "a header is one block");

#define OCTAL_7  UINT64_C(07777777)
#define OCTAL_11 UINT64_C(077777777777)

/* ---- records */

static unsigned decimal_digits(size_t n)
{
    unsigned digits = 1;

    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

/* "LEN KEY=VALUE\n", where LEN counts itself. */
static int add_record(struct buf *b, const char *key, const char *more, const void *value, size_t len)
{
    size_t rest = strlen(key) + strlen(more) + len + 3, all = rest + decimal_digits(rest);
    int r;

    all = rest + decimal_digits(all);
    r = buf_printf(b, "%zu %s%s=", all, key, more);
    if (r == 0)
        r = buf_append(b, value, len);
    return r < 0 ? r : buf_append(b, "\n", 1);
}

static int add_text(struct buf *b, const char *key, const char *text)
{
    return add_record(b, key, "", text, strlen(text));
}

static int add_number(struct buf *b, const char *key, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, n);
    return add_text(b, key, text);
}

static int add_base64(struct buf *b, const unsigned char *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int r = 0;

    for (size_t i = 0; r == 0 && i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t bits =
            (uint32_t)data[i] << 16 | (n > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (n > 2 ? data[i + 2] : 0);
        const char four[] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63],
                             digits[bits & 63]};

        r = buf_append(b, four, n + 1);
    }
    return r;
}

/* A keyword ends at its first "=", so an attribute with one in its name is said as libarchive says it: the
 * name as in a URL, the value in base64. Others may not know that, but do not take it for another name. */
static int add_odd_xattr(struct buf *b, const struct pax_xattr *x)
{
    cleanup_buf struct buf key = BUF_INIT, value = BUF_INIT;
    int r = add_base64(&value, x->value, x->len);

    for (const unsigned char *c = (const unsigned char *)x->name; r == 0 && *c; c++) {
        bool plain = *c > ' ' && *c < 0x7f && *c != '=' && *c != '%';

        r = plain ? buf_append(&key, c, 1) : buf_printf(&key, "%%%02X", *c);
    }
    if (r < 0 || !buf_str(&key))
        return r < 0 ? r : -ENOMEM;
    return add_record(b, "LIBARCHIVE.xattr.", key.data, value.data, value.len);
}

static bool is_odd(const struct pax_xattr *x)
{
    return strchr(x->name, '=') != NULL;
}

static int add_xattrs(struct buf *b, const struct pax_entry *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < e->n_xattrs; i++)
        if (is_odd(&e->xattrs[i]))
            r = add_odd_xattr(b, &e->xattrs[i]);
    for (size_t i = 0; r == 0 && i < e->n_xattrs; i++)
        if (!is_odd(&e->xattrs[i]))
            r = add_record(b, "SCHILY.xattr.", e->xattrs[i].name, e->xattrs[i].value, e->xattrs[i].len);
    return r;
}

/* Seconds with what is behind the point, as decimal digits: -2 s and 0.5e9 ns are -1.5. */
static int add_time(struct buf *b, struct timespec t)
{
    char text[40];
    int64_t s = t.tv_sec;
    long ns = t.tv_nsec;
    bool negative = s < 0;
    int len;

    if (negative && ns > 0) {
        s++;
        ns = 1000000000L - ns;
    }
    len = snprintf(text, sizeof text, "%s%" PRIu64 ".%09ld", negative ? "-" : "",
                   negative ? -(uint64_t)s : (uint64_t)s, ns);
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[--len] = '\0';
    return add_text(b, "mtime", text);
}

/* Fits into a field of a ustar header, and means the same to everybody there. */
static bool fits(const char *text, size_t room)
{
    size_t len = strlen(text);

    if (len > room)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static bool time_fits(struct timespec t)
{
    return t.tv_nsec == 0 && t.tv_sec >= 0 && (uint64_t)t.tv_sec <= OCTAL_11;
}

/* In the order of the names, as the other programs that write layers do. */
static int add_records(const struct pax_entry *e, uint64_t body, int sparse, struct buf *b)
{
    const char *link = e->hardlink ? e->hardlink : e->target;
    int r = 0;

    if (sparse) {
        r = add_text(b, "GNU.sparse.major", "1");
        if (r == 0)
            r = add_text(b, "GNU.sparse.minor", "0");
        if (r == 0)
            r = add_text(b, "GNU.sparse.name", e->path);
        if (r == 0)
            r = add_number(b, "GNU.sparse.realsize", e->size);
    }
    if (r == 0)
        r = add_xattrs(b, e);
    if (r == 0 && e->gid > OCTAL_7)
        r = add_number(b, "gid", e->gid);
    if (r == 0 && link && !fits(link, sizeof((struct ustar *)0)->link))
        r = add_text(b, "linkpath", link);
    if (r == 0 && !time_fits(e->mtime))
        r = add_time(b, e->mtime);
    if (r == 0 && !sparse && !fits(e->path, sizeof((struct ustar *)0)->name))
        r = add_text(b, "path", e->path);
    if (r == 0 && body > OCTAL_11)
        r = add_number(b, "size", body);
    if (r == 0 && e->uid > OCTAL_7)
        r = add_number(b, "uid", e->uid);
    return r;
}

/* ---- the block */

static void octal(char *field, size_t size, uint64_t n)
{
    for (size_t i = size - 1; i-- > 0; n >>= 3)
        field[i] = (char)('0' + (n & 7));
}

static void put_text(char *field, size_t size, const char *text)
{
    size_t len = strlen(text);

    memcpy(field, text, len < size ? len : size);
}

static void finish(struct ustar *h)
{
    unsigned sum = 0;

    memcpy(h->magic,
           "ustar\0"
           "00",
           8);
    memset(h->checksum, ' ', sizeof h->checksum);
    for (size_t i = 0; i < sizeof *h; i++)
        sum += ((const unsigned char *)h)[i];
    octal(h->checksum, 7, sum);
    h->checksum[6] = '\0';
}

static char type_of(const struct pax_entry *e)
{
    if (e->hardlink)
        return '1';
    switch (e->mode & S_IFMT) {
    case S_IFREG:
        return '0';
    case S_IFLNK:
        return '2';
    case S_IFCHR:
        return '3';
    case S_IFBLK:
        return '4';
    case S_IFDIR:
        return '5';
    case S_IFIFO:
        return '6';
    default:
        return '\0';
    }
}

/* A value that does not fit is in a record; its field is 0 or truncated. */
static uint64_t if_fits(uint64_t n, uint64_t max)
{
    return n > max ? 0 : n;
}

static void fill(struct ustar *h, const struct pax_entry *e, uint64_t body, int sparse)
{
    if (sparse)
        put_text(h->name, sizeof h->name, "GNUSparseFile.0");
    else
        put_text(h->name, sizeof h->name, e->path);
    octal(h->mode, sizeof h->mode, e->mode & 07777);
    octal(h->uid, sizeof h->uid, if_fits(e->uid, OCTAL_7));
    octal(h->gid, sizeof h->gid, if_fits(e->gid, OCTAL_7));
    octal(h->size, sizeof h->size, if_fits(body, OCTAL_11));
    octal(h->mtime, sizeof h->mtime, e->mtime.tv_sec < 0 ? 0 : if_fits((uint64_t)e->mtime.tv_sec, OCTAL_11));
    octal(h->major, sizeof h->major, e->rdev_major & OCTAL_7);
    octal(h->minor, sizeof h->minor, e->rdev_minor & OCTAL_7);
    if (e->hardlink || e->target)
        put_text(h->link, sizeof h->link, e->hardlink ? e->hardlink : e->target);
}

static int pad(struct buf *b)
{
    static const char zeros[TAR_BLOCK];
    size_t over = b->len % TAR_BLOCK;

    return over ? buf_append(b, zeros, TAR_BLOCK - over) : 0;
}

/* The header of a header: its body is the records. */
static int put_extended(const struct buf *records, struct buf *ret)
{
    struct ustar h = {.type = 'x'};
    int r;

    put_text(h.name, sizeof h.name, "PaxHeaders.0");
    octal(h.mode, sizeof h.mode, 0644);
    octal(h.uid, sizeof h.uid, 0);
    octal(h.gid, sizeof h.gid, 0);
    octal(h.size, sizeof h.size, records->len);
    octal(h.mtime, sizeof h.mtime, 0);
    finish(&h);
    r = buf_append(ret, &h, sizeof h);
    if (r == 0)
        r = buf_append(ret, records->data, records->len);
    return r < 0 ? r : pad(ret);
}

int pax_header(const struct pax_entry *e, uint64_t body, int sparse, struct buf *ret)
{
    cleanup_buf struct buf records = BUF_INIT;
    struct ustar h = {.type = type_of(e)};
    int r = h.type ? add_records(e, body, sparse, &records) : -EINVAL;

    if (r == 0 && records.len > 0)
        r = put_extended(&records, ret);
    if (r < 0)
        return r;
    fill(&h, e, body, sparse);
    finish(&h);
    return buf_append(ret, &h, sizeof h);
}
