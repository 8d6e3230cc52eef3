/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: values are escaped wherever they are, sections and names, and mistakes of a template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "report/template.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct template_part parts[] = {{"style", "a>b{}"}, {NULL, NULL}};

static const char values[] =
    "{\"t\":\"a<b>&\\\"'c\",\"n\":7,\"zero\":0,\"yes\":true,\"no\":false,\"null\":null,\"empty\":\"\",\"none\":[],"
    "\"list\":[{\"x\":\"1\",\"n\":8},{\"x\":\"<\"}],\"texts\":[\"p\",\"q\"],\"o\":{\"x\":\"in\",\"list\":[{\"x\":\"deep\"}]}}";

static int fill(const char *text, char *ret, size_t size)
{
    json_t *v = json_loads(values, 0, NULL);
    struct buf out = BUF_INIT;
    int r;

    assert_non_null(v);
    r = template_fill(text, v, parts, &out);
    assert_true(out.len < size);
    memcpy(ret, out.len ? out.data : "", out.len);
    ret[out.len] = 0;
    buf_free(&out);
    json_decref(v);
    return r;
}

static void test_fill(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", ""},
        {"plain } { <b>", "plain } { <b>"},
        {"{{t}}", "a&lt;b&gt;&amp;&quot;&#39;c"},
        {"<a href=\"{{t}}\">", "<a href=\"a&lt;b&gt;&amp;&quot;&#39;c\">"},
        {"{{n}}{{zero}}", "70"},
        {"{{>style}}", "a>b{}"},
        {"{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}not{{/no}}{{^yes}}never{{/yes}}", "ynot"},
        {"{{#zero}}0{{/zero}}{{#null}}0{{/null}}{{#empty}}0{{/empty}}{{#none}}0{{/none}}{{^none}}nothing{{/none}}",
         "nothing"},
        {"{{#t}}[{{n}}]{{/t}}{{#n}}({{n}}){{/n}}", "[7](7)"},
        {"{{#list}}{{x}}{{n}} {{/list}}", "18 &lt;7 "},
        {"{{#texts}}.{{/texts}}", ".."},
        {"{{#o}}{{x}}{{#list}}{{x}}{{/list}}{{/o}}", "indeep"},
        {"{{#list}}{{#list}}{{x}}{{/list}}{{/list}}", "1&lt;1&lt;"},
        {"{{^list}}a{{^list}}b{{/list}}c{{/list}}d", "d"},
    };
    char got[500];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(fill(cases[i].text, got, sizeof got), 0);
        assert_string_equal(got, cases[i].wanted);
    }
}

static void test_mistakes(void **state)
{
    static const char *const cases[] = {
        "{{t",
        "{{}}",
        "{{unknown}}",
        "{{#unknown}}{{/unknown}}",
        "{{#yes}}",
        "{{/yes}}",
        "{{>no}}",
        "{{#yes}}{{/no}}",
        "{{list}}",
        "{{yes}}",
        "{{null}}",
        "{{#}}x{{/}}",
        "{{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}",
    };
    char got[500];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(fill(cases[i], got, sizeof got), -EINVAL);
}

/* Sections within sections have a limit; a part is no template. */
static void test_limits(void **state)
{
    static const struct template_part self[] = {{"p", "{{>p}}"}, {NULL, NULL}};
    struct buf text = BUF_INIT, out = BUF_INIT;
    json_t *v = json_loads("{\"a\":true}", 0, NULL);

    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(buf_printf(&text, "{{#a}}"), 0);
    for (int i = 0; i < 40; i++)
        assert_int_equal(buf_printf(&text, "{{/a}}"), 0);
    assert_int_equal(template_fill(buf_str(&text), v, self, &out), -EINVAL);
    assert_int_equal(template_fill("{{>p}}", v, self, &out), 0);
    assert_string_equal(buf_str(&out), "{{>p}}");
    json_decref(v);
    buf_free(&text);
    buf_free(&out);
}

/* No character of a value can end an attribute, a tag or a text, and all others stay. */
static void test_escape(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[4] = {'x', (char)c, 'y', 0};
        struct buf out = BUF_INIT;

        assert_int_equal(template_escape(&out, text), 0);
        assert_non_null(buf_str(&out));
        if (strchr("<>&\"'", c))
            assert_true(out.len > 5 && out.data[1] == '&' && out.data[out.len - 2] == ';');
        else
            assert_string_equal(out.data, text);
        buf_free(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_escape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
