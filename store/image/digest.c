/* SPDX-License-Identifier: Apache-2.0 */
/* Digests as values: text is checked digit by digit and always written from the bytes, so that no
 * character of foreign text reaches a path. */
#include "image/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static const struct {
    enum digest_alg alg;
    const char *name;
    size_t len;
    const EVP_MD *(*evp)(void);
} algs[] = {
    {DIGEST_SHA256, "sha256", 32, EVP_sha256},
    {DIGEST_SHA512, "sha512", 64, EVP_sha512},
};

#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

size_t digest_len(enum digest_alg alg)
{
    for (size_t i = 0; i < N_ALGS; i++)
        if (algs[i].alg == alg)
            return algs[i].len;
    return 0;
}

const char *digest_alg_name(enum digest_alg alg)
{
    for (size_t i = 0; i < N_ALGS; i++)
        if (algs[i].alg == alg)
            return algs[i].name;
    return "none";
}

static const EVP_MD *evp_of(enum digest_alg alg)
{
    for (size_t i = 0; i < N_ALGS; i++)
        if (algs[i].alg == alg)
            return algs[i].evp();
    return NULL;
}

/* The value of a lower-case digit, or -1: upper case would give one blob two names. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static int parse_digits(const char *hex, size_t len, enum digest_alg alg, struct digest *ret)
{
    struct digest d = {.alg = alg};

    if (len != 2 * digest_len(alg))
        return -EINVAL;
    for (size_t i = 0; i < len; i += 2) {
        int high = digit_value(hex[i]), low = digit_value(hex[i + 1]);

        if (high < 0 || low < 0)
            return -EINVAL;
        d.bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret = d;
    return 0;
}

int digest_parse(const char *s, size_t len, struct digest *ret)
{
    for (size_t i = 0; i < N_ALGS; i++) {
        size_t n = strlen(algs[i].name);

        if (len > n && memcmp(s, algs[i].name, n) == 0 && s[n] == ':')
            return parse_digits(s + n + 1, len - n - 1, algs[i].alg, ret);
    }
    return -EINVAL;
}

int digest_parse_str(const char *s, struct digest *ret)
{
    return digest_parse(s, strlen(s), ret);
}

int digest_from_bytes(const uint8_t *bytes, size_t len, struct digest *ret)
{
    for (size_t i = 0; i < N_ALGS; i++) {
        if (algs[i].len != len)
            continue;
        *ret = (struct digest){.alg = algs[i].alg};
        memcpy(ret->bytes, bytes, len);
        return 0;
    }
    return -EINVAL;
}

int digest_parse_hex(const char *hex, struct digest *ret)
{
    size_t len = strlen(hex);

    for (size_t i = 0; i < N_ALGS; i++)
        if (len == 2 * algs[i].len)
            return parse_digits(hex, len, algs[i].alg, ret);
    return -EINVAL;
}

const char *digest_hex(const struct digest *d, char buf[DIGEST_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t len = digest_len(d->alg);

    for (size_t i = 0; i < len; i++) {
        buf[2 * i] = digits[d->bytes[i] >> 4];
        buf[2 * i + 1] = digits[d->bytes[i] & 15];
    }
    buf[2 * len] = 0;
    return buf;
}

const char *digest_string(const struct digest *d, char buf[DIGEST_STRING_MAX])
{
    const char *name = digest_alg_name(d->alg);
    size_t n = strlen(name);

    memcpy(buf, name, n);
    buf[n] = ':';
    digest_hex(d, buf + n + 1);
    return buf;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return a->alg == b->alg && memcmp(a->bytes, b->bytes, digest_len(a->alg)) == 0;
}

struct digest_stream {
    EVP_MD_CTX *ctx;
    enum digest_alg alg;
    bool done;
};

struct digest_stream *digest_stream_new(enum digest_alg alg)
{
    struct digest_stream *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->alg = alg;
    s->ctx = EVP_MD_CTX_new();
    if (!s->ctx || !EVP_DigestInit_ex(s->ctx, evp_of(alg), NULL)) {
        digest_stream_free(s);
        return NULL;
    }
    return s;
}

int digest_stream_update(struct digest_stream *s, const void *data, size_t len)
{
    if (s->done)
        return -EINVAL;
    return EVP_DigestUpdate(s->ctx, data, len) ? 0 : -EIO;
}

int digest_stream_final(struct digest_stream *s, struct digest *ret)
{
    struct digest d = {.alg = s->alg};

    if (s->done)
        return -EINVAL;
    s->done = true;
    if (!EVP_DigestFinal_ex(s->ctx, d.bytes, NULL))
        return -EIO;
    *ret = d;
    return 0;
}

void digest_stream_free(struct digest_stream *s)
{
    if (!s)
        return;
    EVP_MD_CTX_free(s->ctx);
    free(s);
}

int digest_of(enum digest_alg alg, const void *data, size_t len, struct digest *ret)
{
    struct digest d = {.alg = alg};
    const EVP_MD *evp = evp_of(alg);

    if (!evp)
        return -EINVAL;
    if (!EVP_Digest(data, len, d.bytes, NULL, evp, NULL))
        return -EIO;
    *ret = d;
    return 0;
}

int digest_chain(const struct digest *diff_ids, size_t n, struct digest *ret)
{
    static const char none[] = "no layers";
    struct digest chain;

    if (n == 0)
        return digest_of(DIGEST_SHA256, none, strlen(none), ret);
    chain = diff_ids[0];
    for (size_t i = 1; i < n; i++) {
        char text[2 * DIGEST_STRING_MAX];
        size_t len;
        int r;

        digest_string(&chain, text);
        len = strlen(text);
        text[len++] = ' ';
        digest_string(&diff_ids[i], text + len);
        r = digest_of(DIGEST_SHA256, text, strlen(text), &chain);
        if (r < 0)
            return r;
    }
    *ret = chain;
    return 0;
}
