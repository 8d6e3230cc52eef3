/* SPDX-License-Identifier: Apache-2.0 */
/* The change that a commit makes to index.json: text in, text out. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/catalog_edit.h"
#include "disk/catalog_file.h"
#include "os/cleanup.h"

#define EMPTY   "{\"schemaVersion\":2,\"manifests\":[]}"
#define NAME(n) "\"annotations\":{\"" ANNOTATION_REF_NAME "\":\"" n "\"}"

static struct tx_name name_of(const char *seed, const char *name)
{
    struct sample i = sample_make(seed);

    return sample_name(&i, name);
}

static char *edit(const char *json, const struct tx_name *names, size_t n)
{
    struct err err = {""};
    size_t len;
    char *text;

    if (catalog_edit(json, strlen(json), names, n, &text, &len, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(strlen(text), len);
    return text;
}

static char *edit_one(const char *json, const char *seed, const char *name)
{
    struct tx_name n = name_of(seed, name);

    return edit(json, &n, 1);
}

/* An entry of a catalog, with more fields in it. */
static char *entry(const char *seed, const char *fields)
{
    struct tx_name n = name_of(seed, NULL);
    char digest[DIGEST_STRING_MAX], *text;

    assert_true(asprintf(&text, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%llu%s%s}",
                         n.manifest.media_type, digest_string(&n.manifest.digest, digest),
                         (unsigned long long)n.manifest.size, *fields ? "," : "", fields) > 0);
    return text;
}

static struct index_json parse(const char *json)
{
    struct index_json index;
    struct err err = {""};

    if (index_json_parse(json, strlen(json), &index, &err) < 0)
        fail_msg("%s", err.text);
    return index;
}

/* The catalog in short: "NAME=SEED" of each entry, SEED being one of a, b, c. */
static char *summary(const char *json)
{
    struct index_json index = parse(json);
    static char text[1024];
    size_t n = 0;

    text[0] = 0;
    for (size_t i = 0; i < index.n; i++) {
        const char *seed = "?", *const seeds[] = {"a", "b", "c"};

        for (size_t k = 0; k < 3; k++) {
            struct digest d = name_of(seeds[k], NULL).manifest.digest;

            if (digest_equal(&d, &index.manifests[i].digest))
                seed = seeds[k];
        }
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", i ? " " : "",
                              index.manifests[i].ref_name ? index.manifests[i].ref_name : "", seed);
    }
    index_json_free(&index);
    return text;
}

static void order_of_coming_does_not_count(void **state)
{
    static const char *const orders[][4] = {
        {"app", "zoo", "mid:1", NULL}, {"zoo", NULL, "mid:1", "app"}, {NULL, "mid:1", "app", "zoo"}};
    char *first = NULL;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *text = strdup(EMPTY);

        for (size_t k = 0; k < 4; k++) {
            const char *name = orders[i][k];
            char *next = edit_one(text, !name ? "c" : name[0] == 'm' ? "b" : "a", name);

            free(text);
            text = next;
        }
        if (!first)
            first = strdup(text);
        assert_string_equal(text, first);
        free(text);
    }
    assert_string_equal(summary(first), "app=a mid:1=b zoo=a =c");
    free(first);
}

static void names_move(void **state)
{
    static const struct {
        const char *name, *seed, *expected;
    } steps[] = {
        {"x", "a", "x=a"},
        {"x", "a", "x=a"},     /* nothing new */
        {"x", "b", "x=b =a"},  /* moved; the other image stays without a name */
        {NULL, "b", "x=b =a"}, /* listed already */
        {"x", "a", "x=a =b"},  /* moved back */
        {"x", "b", "x=b =a"},
        {"y", "c", "x=b y=c =a"},
        {"z", "c", "x=b y=c z=c =a"},  /* another name */
        {"y", "b", "x=b y=b z=c =a"},  /* moved from what has another name */
        {"w", "a", "w=a x=b y=b z=c"}, /* gets a name again */
        {NULL, "a", "w=a x=b y=b z=c"},
    };
    char *text = strdup(EMPTY);

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        char *next = edit_one(text, steps[i].seed, steps[i].name);

        free(text);
        text = next;
        assert_string_equal(summary(text), steps[i].expected);
        next = edit(text, NULL, 0); /* an edit of nothing changes nothing */
        assert_string_equal(next, text);
        free(next);
    }
    free(text);
}

static void what_others_wrote_stays(void **state)
{
    cleanup_free char *a = entry("a", "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"},"
                                      "\"annotations\":{\"their\":\"note\"}");
    cleanup_free char *b = entry("b", NAME("foreign") ",\"urls\":[\"x\"]");
    cleanup_free char *json = NULL, *text = NULL;

    (void)state;
    assert_true(
        asprintf(&json, "{\"schemaVersion\":2,\"theirs\":{\"k\":[1,2]},\"manifests\":[%s,%s]}", a, b) > 0);
    text = edit_one(json, "a", "mine");
    assert_string_equal(summary(text), "foreign=b mine=a");
    assert_non_null(strstr(text, "\"their\": \"note\""));
    assert_non_null(strstr(text, "\"arm64\""));
    assert_non_null(strstr(text, "\"urls\""));
    assert_non_null(strstr(text, "\"theirs\""));
}

static void a_name_that_others_gave_twice_moves_whole(void **state)
{
    cleanup_free char *a = entry("a", NAME("x"));
    cleanup_free char *b = entry("b", NAME("x"));
    cleanup_free char *json = NULL, *text = NULL;

    (void)state;
    assert_true(asprintf(&json, "{\"schemaVersion\":2,\"manifests\":[%s,%s]}", a, b) > 0);
    text = edit_one(json, "c", "x");
    assert_memory_equal(summary(text), "x=c =", 5);
    assert_non_null(strstr(summary(text), " =a"));
    assert_non_null(strstr(summary(text), " =b"));
}

static void a_platform_is_kept(void **state)
{
    struct tx_name n = name_of("a", "x");
    cleanup_free char *text = NULL;
    struct index_json index;

    (void)state;
    n.manifest.has_platform = true;
    n.manifest.platform = (struct platform){.os = "linux", .arch = "arm", .variant = "v7"};
    text = edit(EMPTY, &n, 1);
    index = parse(text);
    assert_true(index.manifests[0].has_platform);
    assert_string_equal(index.manifests[0].platform.os, "linux");
    assert_string_equal(index.manifests[0].platform.arch, "arm");
    assert_string_equal(index.manifests[0].platform.variant, "v7");
    index_json_free(&index);
}

static void bad_input_is_refused(void **state)
{
    static const struct {
        const char *json, *name;
    } cases[] = {
        {"", "x"},
        {"{", "x"},
        {"[]", "x"},
        {"{\"schemaVersion\":2}", "x"},
        {"{\"schemaVersion\":2,\"manifests\":{}}", "x"},
        {"{\"schemaVersion\":2,\"manifests\":[1]}", "x"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"manifests\":[]}", "x"},
        {EMPTY, ""},
        {EMPTY, "../x"},
        {EMPTY, "a b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tx_name n = name_of("a", cases[i].name);
        struct err err = {""};
        char *text;
        size_t len;

        assert_true(catalog_edit(cases[i].json, strlen(cases[i].json), &n, 1, &text, &len, &err) < 0);
        assert_true(err.text[0]);
    }
}

/* What is written can be read again, so the last image that fits is the last. */
static void a_catalog_does_not_outgrow_its_limit(void **state)
{
    cleanup_free char *json = NULL;
    struct tx_name n = name_of("a", "x");
    size_t room = MANIFEST_MAX_BYTES - 200, len;
    struct err err = {""};
    char *text;

    (void)state;
    json = malloc(MANIFEST_MAX_BYTES);
    assert_non_null(json);
    len = (size_t)sprintf(json, "{\"schemaVersion\":2,\"manifests\":[],\"pad\":\"");
    memset(json + len, 'x', room - len);
    strcpy(json + room, "\"}");
    assert_int_equal(catalog_edit(json, strlen(json), &n, 1, &text, &len, &err), -EFBIG);
    assert_non_null(strstr(err.text, "no more images"));
}

/* Names of the entries that are left, "-" for none, and how many of them are of `a`. */
static const char *dropped(const char *json, const struct catalog_drop *drop)
{
    static char names[256];
    struct sample a = sample_make("a");
    struct err err = {""};
    struct index_json index;
    char *text;
    size_t len, of_a = 0, at = 0;

    if (catalog_drop(json, strlen(json), drop, 1, &text, &len, &err) < 0)
        fail_msg("%s", err.text);
    index = parse(text);
    for (size_t i = 0; i < index.n; i++) {
        const char *name = index.manifests[i].ref_name;

        of_a += digest_equal(&index.manifests[i].digest, &a.manifest);
        at += (size_t)snprintf(names + at, sizeof names - at, "%s ", name ? name : "-");
    }
    snprintf(names + at, sizeof names - at, "%zu", of_a);
    index_json_free(&index);
    free(text);
    return names;
}

/* Only the entry of this name and this image goes; one that stays keeps its digest. */
static void names_are_dropped(void **state)
{
    struct sample a = sample_make("a"), b = sample_make("b");
    struct tx_name names[] = {sample_name(&a, "one"), sample_name(&a, "two"), sample_name(&b, "other")};
    cleanup_free char *json = edit(EMPTY, names, 3), *nameless = NULL;
    struct catalog_drop one = {.name = "one", .manifest = a.manifest},
                        two = {.name = "two", .manifest = a.manifest},
                        moved = {.name = "one", .manifest = b.manifest}, none = {.manifest = a.manifest};
    struct err err = {""};
    size_t len;

    (void)state;
    assert_string_equal(dropped(json, &one), "other two 1");
    assert_string_equal(dropped(json, &moved), "one other two 2");
    assert_string_equal(dropped(json, &none), "one other two 2");
    one.stays = two.stays = true;
    assert_string_equal(dropped(json, &one), "other two 1");
    assert_int_equal(catalog_drop(json, strlen(json), &one, 1, &nameless, &len, &err), 0);
    assert_string_equal(dropped(nameless, &two), "other - 1");
    two.stays = false;
    assert_string_equal(dropped(nameless, &two), "other 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_coming_does_not_count),
        cmocka_unit_test(names_move),
        cmocka_unit_test(what_others_wrote_stays),
        cmocka_unit_test(a_name_that_others_gave_twice_moves_whole),
        cmocka_unit_test(names_are_dropped),
        cmocka_unit_test(a_platform_is_kept),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(a_catalog_does_not_outgrow_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
