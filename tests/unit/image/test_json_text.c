/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/json_text.h"
#include "image/manifest.h"
#include "os/buf.h"

/* What may not be parsed, whatever it means. NUL bytes are in some, so that lengths are given. */
static void parse_refuses(void **state)
{
#define TEXT(s) s, sizeof(s) - 1
    static const struct {
        const char *json;
        size_t len;
        const char *why;
    } cases[] = {
        {TEXT(""), "not valid JSON"},
        {TEXT("{"), "not valid JSON"},
        {TEXT("{}x"), "not valid JSON"},
        {TEXT("{}{}"), "not valid JSON"},
        {TEXT("{}\0"), "not valid JSON"},
        {TEXT("{\"a\":\"\0\"}"), "not valid JSON"},
        {TEXT("{\"a\":\"\xff\"}"), "unable to decode byte"},
        {TEXT("{\"a\":\"\xc0\x80\"}"), "unable to decode byte"},
        {TEXT("{\"a\":\"\xed\xa0\x80\"}"), "unable to decode byte"},
        {TEXT("\xef\xbb\xbf{}"), "not valid JSON"},
        {TEXT("{\"a\":1,\"a\":1}"), "duplicate"},
        {TEXT("{\"a\":1,\"\\u0061\":1}"), "duplicate"},
        {TEXT("[{\"x\":{\"a\":1,\"a\":1}}]"), "duplicate"},
        {TEXT("{'a':1}"), "not valid JSON"},
        {TEXT("{\"a\":1,}"), "not valid JSON"},
        {TEXT("{\"a\":\"\n\"}"), "not valid JSON"},
        {TEXT("null"), "not valid JSON"},
        {TEXT("1"), "not valid JSON"},
        {TEXT("\"x\""), "not valid JSON"},
        {TEXT("{\"a\":00000000000000000000001}"), "not valid JSON"},
        {TEXT("{\"a\":1e99999+}"), "not valid JSON"},
        {TEXT("{\"a\":\"\\u12\"}"), "not valid JSON"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {""};
        json_t *root = NULL;

        assert_int_equal(json_text_parse(cases[i].json, cases[i].len, &root, &err), -EINVAL);
        assert_null(root);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%zu: %s", i, err.text);
    }
}

/* `open` n times, `middle`, `close` n times. */
static int parse_repeated(const char *open, size_t n, const char *middle, const char *close)
{
    struct buf b = BUF_INIT;
    json_t *root = NULL;
    int r;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_append(&b, open, strlen(open)), 0);
    assert_int_equal(buf_append(&b, middle, strlen(middle)), 0);
    for (size_t i = 0; i < n && close[0]; i++)
        assert_int_equal(buf_append(&b, close, strlen(close)), 0);
    r = json_text_parse(b.data, b.len, &root, NULL);
    json_decref(root);
    buf_free(&b);
    return r;
}

static void parse_bounds_depth_and_values(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("[", JSON_TEXT_MAX_DEPTH, "", "]"), 0);
    assert_int_equal(parse_repeated("[", JSON_TEXT_MAX_DEPTH + 1, "", "]"), -E2BIG);
    assert_int_equal(parse_repeated("{\"a\":", JSON_TEXT_MAX_DEPTH, "1", "}"), 0);
    assert_int_equal(parse_repeated("{\"a\":", JSON_TEXT_MAX_DEPTH + 1, "1", "}"), -E2BIG);
    assert_int_equal(parse_repeated("[", 1000000, "", ""), -E2BIG);
    assert_int_equal(parse_repeated("]", 1000, "", ""), -EINVAL);
    /* Brackets and commas in strings are text. */
    assert_int_equal(
        parse_repeated("", 0, "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]",
                       ""),
        0);
    assert_int_equal(parse_repeated("", 0, "[\"\\\\\",\"\\\"[,\"]", ""), 0);
    assert_int_equal(parse_repeated("", 0, "[\"\\", ""), -EINVAL);
}

static void parse_bounds_values_and_bytes(void **state)
{
    static const struct {
        const char *item;
        size_t n;
        int result;
    } cases[] = {
        {"0,", JSON_TEXT_MAX_VALUES - 3, 0},
        {"0,", JSON_TEXT_MAX_VALUES, -E2BIG},
        {"{},", JSON_TEXT_MAX_VALUES / 2 + 1, -E2BIG},
        {"          ", MANIFEST_MAX_BYTES / 10 + 1, -EFBIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf b = BUF_INIT;
        json_t *root = NULL;

        assert_int_equal(buf_append(&b, "[", 1), 0);
        for (size_t j = 0; j < cases[i].n; j++)
            assert_int_equal(buf_append(&b, cases[i].item, strlen(cases[i].item)), 0);
        assert_int_equal(buf_append(&b, "0]", 2), 0);
        assert_int_equal(json_text_parse(b.data, b.len, &root, NULL), cases[i].result);
        json_decref(root);
        buf_free(&b);
    }
}

static void keys_that_differ_in_case_are_refused(void **state)
{
    static const char *const known[] = {"layers", "mediaType", "empty_layer", "Links", NULL};
    static const struct {
        const char *json;
        int result;
    } cases[] = {
        {"{}", 0},
        {"{\"layers\":1,\"mediaType\":1,\"x\":1,\"X\":2}", 0},
        {"{\"layer\":1,\"layerss\":1,\"\":1}", 0},
        {"{\"Layers\":1}", -EINVAL},
        {"{\"layers\":1,\"LAYERS\":1}", -EINVAL},
        {"{\"mediatype\":1}", -EINVAL},
        {"{\"EMPTY_LAYER\":1}", -EINVAL},
        /* Long s and the Kelvin sign, which Go folds too. */
        {"{\"layer\\u017f\":1}", -EINVAL},
        {"{\"Lin\\u212as\":1}", -EINVAL},
        {"{\"layer\\u0161\":1}", 0},
        {"[]", -EINVAL},
        {"[1]", -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *root;
        struct err err = {""};

        assert_int_equal(json_text_parse(cases[i].json, strlen(cases[i].json), &root, NULL), 0);
        if (json_text_check_object(root, known, &err) != cases[i].result)
            fail_msg("%s: %s", cases[i].json, err.text);
        json_decref(root);
    }
    assert_int_equal(json_text_check_object(NULL, known, NULL), -EINVAL);
}

static void fields_have_their_type_or_are_absent(void **state)
{
    const char *text =
        "{\"n\":null,\"s\":\"text\",\"a\":[\"x\",\"y\"],\"m\":[\"x\",null],\"o\":{},\"t\":true,\"i\":7,"
        "\"neg\":-1,\"real\":1.0,\"max\":9223372036854775807}";
    json_t *root, *v;
    const char *p;
    char buf[5], *s, **list;
    uint64_t size;
    size_t n;
    bool b;

    (void)state;
    assert_int_equal(json_text_parse(text, strlen(text), &root, NULL), 0);

    assert_int_equal(json_text_array(root, "a", &v, NULL), 0);
    assert_int_equal(json_array_size(v), 2);
    assert_int_equal(json_text_array(root, "n", &v, NULL), 0);
    assert_null(v);
    assert_int_equal(json_text_array(root, "o", &v, NULL), -EINVAL);
    assert_int_equal(json_text_object(root, "o", &v, NULL), 0);
    assert_non_null(v);
    assert_int_equal(json_text_object(root, "a", &v, NULL), -EINVAL);

    assert_int_equal(json_text_bool(root, "t", &b, NULL), 0);
    assert_true(b);
    assert_int_equal(json_text_bool(root, "n", &b, NULL), 0);
    assert_false(b);
    assert_int_equal(json_text_bool(root, "i", &b, NULL), -EINVAL);

    assert_int_equal(json_text_peek(root, "s", &p, NULL), 0);
    assert_string_equal(p, "text");
    assert_int_equal(json_text_string(root, "s", &s, NULL), 0);
    assert_string_equal(s, "text");
    free(s);
    assert_int_equal(json_text_string(root, "absent", &s, NULL), 0);
    assert_null(s);
    assert_int_equal(json_text_string(root, "i", &s, NULL), -EINVAL);
    assert_int_equal(json_text_short(root, "s", buf, 5, NULL), 0);
    assert_string_equal(buf, "text");
    assert_int_equal(json_text_short(root, "s", buf, 4, NULL), -EINVAL);
    assert_int_equal(json_text_short(root, "n", buf, 5, NULL), 0);
    assert_string_equal(buf, "");

    assert_int_equal(json_text_strings(root, "a", &list, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(list[1], "y");
    assert_null(list[2]);
    json_text_strings_free(list);
    assert_int_equal(json_text_strings(root, "n", &list, &n, NULL), 0);
    assert_null(list);
    assert_int_equal(n, 0);
    assert_int_equal(json_text_strings(root, "m", &list, &n, NULL), -EINVAL);
    assert_int_equal(json_text_strings(root, "s", &list, &n, NULL), -EINVAL);

    assert_int_equal(json_text_size(root, "max", &size, NULL), 0);
    assert_true(size == INT64_MAX);
    assert_int_equal(json_text_size(root, "neg", &size, NULL), -EINVAL);
    assert_int_equal(json_text_size(root, "real", &size, NULL), -EINVAL);
    assert_int_equal(json_text_size(root, "s", &size, NULL), -EINVAL);
    assert_int_equal(json_text_size(root, "n", &size, NULL), -EINVAL);
    json_decref(root);
}

/* Valid texts that Go's tools write and read, and jansson alone does not. */
static void parse_tames(void **state)
{
    static const struct {
        const char *json, *becomes;
    } cases[] = {
        {"{\"a\":\"x\\u0000y\"}", "{\"a\":\"x\xef\xbf\xbdy\"}"},
        {"{\"a\\u0000\":1}", "{\"a\xef\xbf\xbd\":1}"},
        {"[\"\\ud83d\\ude00\",\"\\uD83D\"]", "[\"\xf0\x9f\x98\x80\",\"\xef\xbf\xbd\"]"},
        {"[\"\\ude00\\ud83d\",\"\\ud83d\\u0041\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\",\"\xef\xbf\xbd"
                                                    "A\"]"},
        {"[\"\\\\u0000\",\"\\\"1e999\"]", "[\"\\\\u0000\",\"\\\"1e999\"]"},
        {"[9223372036854775807,-9223372036854775808]", "[9223372036854775807,-9223372036854775808]"},
        {"[18446744073709551615,-9223372036854775809]",
         "[\"18446744073709551615\",\"-9223372036854775809\"]"},
        {"[1e400,-1E+999,1.5e3]", "[\"1e400\",\"-1E+999\",1500.0]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *text = NULL;
        json_t *root = NULL;
        uint64_t size;

        assert_int_equal(json_text_parse(cases[i].json, strlen(cases[i].json), &root, NULL), 0);
        text = json_dumps(root, JSON_COMPACT);
        assert_string_equal(text, cases[i].becomes);
        assert_int_equal(json_text_size(root, "size", &size, NULL), -EINVAL);
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_refuses),
        cmocka_unit_test(parse_tames),
        cmocka_unit_test(parse_bounds_depth_and_values),
        cmocka_unit_test(parse_bounds_values_and_bytes),
        cmocka_unit_test(keys_that_differ_in_case_are_refused),
        cmocka_unit_test(fields_have_their_type_or_are_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
