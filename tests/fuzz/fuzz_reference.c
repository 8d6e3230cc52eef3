/* SPDX-License-Identifier: Apache-2.0 */
/* What people type: each input, as one word, goes to all readers of words. */
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"
#include "image/platform.h"
#include "image/reference.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

static void fuzz_name(const char *word)
{
    struct err err = {""};
    int r = reference_check(word, &err);

    CHECK(r == 0 || err.text[0]);
    if (r == 0)
        CHECK(strlen(word) <= 255 && !strstr(word, "..") && word[0] != '/' && word[0] != '-');
}

static void fuzz_digest(const char *word)
{
    char text[DIGEST_STRING_MAX];
    struct digest d;

    if (digest_parse_str(word, &d) == 0)
        CHECK(strcmp(digest_string(&d, text), word) == 0);
    if (digest_parse_hex(word, &d) == 0)
        CHECK(strcmp(digest_hex(&d, text), word) == 0);
}

static void fuzz_platform(const char *word)
{
    struct platform p, again;
    struct err err = {""};
    char text[100];
    int r = platform_parse(word, &p, &err);

    CHECK(r == 0 || err.text[0]);
    if (r < 0)
        return;
    CHECK(platform_parse(platform_string(&p, text), &again, NULL) == 0);
    CHECK(platform_matches(&p, &again) && platform_matches(&again, &p));
}

static void fuzz_source(const char *word)
{
    struct source_ref s;
    struct err err = {""};
    int r = source_ref_parse(word, &s, &err);

    CHECK(r == 0 || err.text[0]);
    if (r < 0)
        return;
    CHECK(s.path && s.path[0] && strstr(word, s.path) && (!s.tag || strstr(word, s.tag)));
    source_ref_free(&s);
}

/* An image that exists whenever its name has a length that a bit of `ctx` stands for. */
static bool some_exist(const char *image, void *ctx)
{
    CHECK(image[0]);
    return (*(const unsigned *)ctx >> (strlen(image) % 8)) & 1;
}

static void fuzz_split(const char *word, unsigned existing)
{
    const char *path;
    char *image;

    if (reference_split_path(word, some_exist, &existing, &image, &path) < 0)
        return;
    CHECK(path[0] == '/' && strncmp(word, image, strlen(image)) == 0);
    free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *word = malloc(size + 1);

    if (!word)
        return 0;
    memcpy(word, data, size);
    word[size] = 0;
    fuzz_name(word);
    fuzz_digest(word);
    fuzz_platform(word);
    fuzz_source(word);
    fuzz_split(word, size ? data[0] : 0);
    free(word);
    return 0;
}
