/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/digest.h"

/* Of "" and "abc", from FIPS 180-2. */
#define EMPTY_256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_256   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_512                                                                                              \
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                                       \
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

static void parse_accepts_and_writes_back(void **state)
{
    static const struct {
        const char *text;
        enum digest_alg alg;
        size_t len;
    } cases[] = {{"sha256:" EMPTY_256, DIGEST_SHA256, 32}, {"sha512:" ABC_512, DIGEST_SHA512, 64}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[DIGEST_STRING_MAX], hex[DIGEST_HEX_MAX];
        struct digest d, e;

        assert_int_equal(digest_parse_str(cases[i].text, &d), 0);
        assert_int_equal(d.alg, cases[i].alg);
        assert_int_equal(digest_len(d.alg), cases[i].len);
        assert_string_equal(digest_string(&d, text), cases[i].text);
        assert_string_equal(digest_hex(&d, hex), cases[i].text + 7);
        assert_int_equal(digest_parse_hex(hex, &e), 0);
        assert_true(digest_equal(&d, &e));
        assert_int_equal(digest_from_bytes(d.bytes, cases[i].len, &e), 0);
        assert_true(digest_equal(&d, &e));
        e.bytes[cases[i].len - 1] ^= 1;
        assert_false(digest_equal(&d, &e));
    }
}

static void parse_refuses(void **state)
{
    static const char *const cases[] = {
        "",
        ":",
        "sha256",
        "sha256:",
        EMPTY_256,
        "sha256:../../x",
        "sha256:" EMPTY_256 "0",
        "sha256:" EMPTY_256 " ",
        " sha256:" EMPTY_256,
        "SHA256:" EMPTY_256,
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:/3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:" ABC_512,
        "sha512:" EMPTY_256,
        "sha384:" EMPTY_256,
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256+b64:" EMPTY_256,
    };
    struct digest d = {.alg = DIGEST_SHA512};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(digest_parse_str(cases[i], &d), -EINVAL);
    assert_int_equal(digest_parse_hex("", &d), -EINVAL);
    assert_int_equal(digest_parse_hex("e3b0", &d), -EINVAL);
    assert_int_equal(digest_from_bytes(d.bytes, 31, &d), -EINVAL);
    assert_int_equal(digest_from_bytes(d.bytes, 0, &d), -EINVAL);
    assert_int_equal(d.alg, DIGEST_SHA512); /* untouched by failures */
}

static void parse_reads_its_length_alone(void **state)
{
    struct digest d;
    const char text[] = "sha256:" EMPTY_256 ":latest";

    (void)state;
    assert_int_equal(digest_parse(text, 71, &d), 0);
    assert_int_equal(digest_parse(text, 70, &d), -EINVAL);
    assert_int_equal(digest_parse(text, 72, &d), -EINVAL);
}

static void hashing_gives_known_values(void **state)
{
    static const struct {
        enum digest_alg alg;
        const char *data, *hex;
    } cases[] = {
        {DIGEST_SHA256, "", EMPTY_256}, {DIGEST_SHA256, "abc", ABC_256}, {DIGEST_SHA512, "abc", ABC_512}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digest_stream *s = digest_stream_new(cases[i].alg);
        char hex[DIGEST_HEX_MAX];
        struct digest whole, parts;

        assert_int_equal(digest_of(cases[i].alg, cases[i].data, strlen(cases[i].data), &whole), 0);
        assert_string_equal(digest_hex(&whole, hex), cases[i].hex);
        assert_non_null(s);
        for (const char *p = cases[i].data; *p; p++)
            assert_int_equal(digest_stream_update(s, p, 1), 0);
        assert_int_equal(digest_stream_final(s, &parts), 0);
        assert_true(digest_equal(&whole, &parts));
        assert_int_equal(digest_stream_final(s, &parts), -EINVAL);
        assert_int_equal(digest_stream_update(s, "x", 1), -EINVAL);
        digest_stream_free(s);
    }
    digest_stream_free(NULL);
}

static void no_algorithm_is_no_digest(void **state)
{
    char hex[DIGEST_HEX_MAX], text[DIGEST_STRING_MAX];
    struct digest none = {.alg = DIGEST_NONE}, d;

    (void)state;
    assert_int_equal(digest_len(DIGEST_NONE), 0);
    assert_string_equal(digest_hex(&none, hex), "");
    assert_string_equal(digest_string(&none, text), "none:");
    assert_int_equal(digest_parse_str(text, &d), -EINVAL);
    assert_null(digest_stream_new(DIGEST_NONE));
    assert_int_equal(digest_of(DIGEST_NONE, "", 0, &d), -EINVAL);
}

static void chain_follows_the_specification(void **state)
{
    struct digest ids[3], chain, expected;

    (void)state;
    assert_int_equal(digest_of(DIGEST_SHA256, "a", 1, &ids[0]), 0);
    assert_int_equal(digest_of(DIGEST_SHA256, "b", 1, &ids[1]), 0);
    assert_int_equal(digest_of(DIGEST_SHA512, "c", 1, &ids[2]), 0);
    assert_int_equal(digest_chain(ids, 0, &chain), 0);
    assert_int_equal(digest_of(DIGEST_SHA256, "no layers", 9, &expected), 0);
    assert_true(digest_equal(&chain, &expected));
    assert_int_equal(digest_chain(ids, 1, &chain), 0);
    assert_true(digest_equal(&chain, &ids[0]));
    for (size_t n = 2; n <= 3; n++) {
        char text[2 * DIGEST_STRING_MAX];

        digest_string(&chain, text);
        strcat(text, " ");
        digest_string(&ids[n - 1], text + strlen(text));
        assert_int_equal(digest_of(DIGEST_SHA256, text, strlen(text), &expected), 0);
        assert_int_equal(digest_chain(ids, n, &chain), 0);
        assert_true(digest_equal(&chain, &expected));
    }
}

/* A value that other tools computed: `printf 'sha256:ABC sha256:EMPTY' | sha256sum`. */
static void chain_is_what_sha256sum_says(void **state)
{
    struct digest ids[2], chain;
    char hex[DIGEST_HEX_MAX];

    (void)state;
    assert_int_equal(digest_parse_hex(ABC_256, &ids[0]), 0);
    assert_int_equal(digest_parse_hex(EMPTY_256, &ids[1]), 0);
    assert_int_equal(digest_chain(ids, 2, &chain), 0);
    assert_string_equal(digest_hex(&chain, hex),
                        "dd8ddd90bdf3ccbd91abd3f399218c9d93e91246734fab743933f42048ac3e2c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_accepts_and_writes_back), cmocka_unit_test(parse_refuses),
        cmocka_unit_test(parse_reads_its_length_alone),  cmocka_unit_test(hashing_gives_known_values),
        cmocka_unit_test(no_algorithm_is_no_digest),     cmocka_unit_test(chain_follows_the_specification),
        cmocka_unit_test(chain_is_what_sha256sum_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
