/* SPDX-License-Identifier: Apache-2.0 */
/* Content digests `ALGORITHM:HEX` (OCI image-spec descriptor.md): sha256 and sha512, lower case, nothing
 * else. Parse a string to a digest before using it in a path. */
#ifndef MICA_IMAGE_DIGEST_H
#define MICA_IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_alg {
    DIGEST_NONE = 0,
    DIGEST_SHA256 = 1,
    DIGEST_SHA512 = 2,
};

struct digest {
    enum digest_alg alg;
    uint8_t bytes[64]; /* the first digest_len(alg) count, the rest is zero */
};

#define DIGEST_HEX_MAX    129 /* HEX with its NUL */
#define DIGEST_STRING_MAX 137 /* "sha512:" HEX NUL */

size_t digest_len(enum digest_alg alg);           /* 32, 64; 0 for none */
const char *digest_alg_name(enum digest_alg alg); /* "sha256" */

/* Parses exactly `len` bytes. -EINVAL for anything that is not a well-formed digest of a known algorithm. */
int digest_parse(const char *s, size_t len, struct digest *ret);
int digest_parse_str(const char *s, struct digest *ret);
/* Makes a digest from raw bytes: 32 = sha256, 64 = sha512; -EINVAL otherwise. */
int digest_from_bytes(const uint8_t *bytes, size_t len, struct digest *ret);
/* Parses bare HEX: 64 digits are sha256, 128 sha512. -EINVAL otherwise. */
int digest_parse_hex(const char *hex, struct digest *ret);
/* Writes HEX alone, or ALGORITHM:HEX, into `buf`; returns `buf`. */
const char *digest_hex(const struct digest *d, char buf[DIGEST_HEX_MAX]);
const char *digest_string(const struct digest *d, char buf[DIGEST_STRING_MAX]);
bool digest_equal(const struct digest *a, const struct digest *b);

/* Hashing in pieces. */
struct digest_stream;
struct digest_stream *digest_stream_new(enum digest_alg alg); /* NULL without memory */
int digest_stream_update(struct digest_stream *s, const void *data, size_t len);
int digest_stream_final(struct digest_stream *s, struct digest *ret); /* call once */
void digest_stream_free(struct digest_stream *s);

int digest_of(enum digest_alg alg, const void *data, size_t len, struct digest *ret);

/* Computes the ChainID of a stack (image-spec config.md): chain[0] = diff_ids[0], chain[i] =
 * sha256(chain[i-1] " " diff_ids[i]). No layers have no ChainID: uses the digest of the text "no layers"
 * (FORMAT.md). */
int digest_chain(const struct digest *diff_ids, size_t n, struct digest *ret);

#endif
