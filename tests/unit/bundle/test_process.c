/* SPDX-License-Identifier: Apache-2.0 */
/* What runs, and with which variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/process.h"

#define W(text)    ((char[]){text})
#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

/* The words with blanks between them. */
static void expect(json_t *list, const char *text)
{
    char joined[512] = "";
    json_t *word;
    size_t i;

    json_array_foreach(list, i, word) {
        strcat(joined, i ? " " : "");
        strcat(joined, json_string_value(word));
    }
    json_decref(list);
    assert_string_equal(joined, text);
}

static void test_args(void **state)
{
    const struct image_config both = {.entrypoint = WORDS(W("ep"), W("a")), .cmd = WORDS(W("cmd"), W("b"))};
    const struct image_config empty = {.entrypoint = WORDS(W("")), .cmd = WORDS(W("cmd"), W("b"))};
    const struct image_config only_cmd = {.cmd = WORDS(W("cmd"), W("b"))};
    const struct {
        const struct image_config *config;
        struct bundle_wish wish;
        const char *words;
    } cases[] = {
        {&both, {0}, "ep a cmd b"},
        {&both, {.command = WORDS(W("x"), W("y"))}, "ep a x y"},
        {&both, {.command = WORDS(NULL)}, "ep a cmd b"},
        {&both, {.entrypoint = "other"}, "other"},
        {&both, {.entrypoint = "other", .command = WORDS(W("x"))}, "other x"},
        {&both, {.entrypoint = "", .command = WORDS(W("x"))}, "x"},
        {&both, {.entrypoint = "[\"o\", \"p\"]", .command = WORDS(W("x"))}, "o p x"},
        {&only_cmd, {0}, "cmd b"},
        {&empty, {0}, "cmd b"},
        {&empty, {.command = WORDS(W("x"))}, "x"},
        {&both, {.entrypoint = "[\"\"]", .command = WORDS(W("x"))}, "x"},
        {&only_cmd, {.command = WORDS(W("x"))}, "x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *args = NULL;
        assert_int_equal(bundle_args(cases[i].config, &cases[i].wish, &args, NULL), 0);
        expect(args, cases[i].words);
    }
}

static void test_no_args(void **state)
{
    const struct image_config none = {0}, both = {.entrypoint = WORDS(W("ep")), .cmd = WORDS(W("cmd"))};
    const struct {
        const struct image_config *config;
        struct bundle_wish wish;
    } cases[] = {
        {&none, {0}},
        {&both, {.entrypoint = ""}},
        {&both, {.entrypoint = "[1]"}},
        {&both, {.entrypoint = "[\"a\""}},
        {&both, {.entrypoint = "[]"}},
        {&both, {.command = WORDS(W("\xff"))}},
        {&none, {.command = WORDS(W(""))}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *args = NULL;
        struct err err = {""};
        assert_int_equal(bundle_args(cases[i].config, &cases[i].wish, &args, &err), -EINVAL);
        assert_true(*err.text);
        assert_null(args);
    }
}

static void test_env(void **state)
{
    const struct bundle_user user = {.home = (char[]){"/home/app"}};
    const struct image_config config = {
        .env = WORDS(W("A=1"), W("PATH=/bin"), W("B"), W("A=2"), W("=x"), W("AB=3"))};
    const struct bundle_wish wish = {.env = WORDS(W("AB=4"), W("HOME=/h"), W("E="))}, tty = {.tty = true};
    const struct image_config none = {0};
    json_t *env = NULL;

    (void)state;
    assert_int_equal(bundle_env(&config, &wish, &user, "host", &env, NULL), 0);
    expect(env, "container=mica HOSTNAME=host PATH=/bin A=2 AB=4 HOME=/h E=");
    assert_int_equal(bundle_env(&none, &tty, &user, "host", &env, NULL), 0);
    expect(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=mica TERM=xterm "
                "HOSTNAME=host HOME=/home/app");
    const struct image_config bad = {.env = WORDS(W("A=\xc3\x28"))};
    assert_int_equal(bundle_env(&bad, &tty, &user, "host", &env, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_no_args),
        cmocka_unit_test(test_env),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
