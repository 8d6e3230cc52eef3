/* SPDX-License-Identifier: Apache-2.0 */
/* Words of instructions; what buildah makes of the same is shown by commit/instructions.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/expand.h"

static const char *lookup(void *ctx, const char *name, size_t len)
{
    (void)ctx;
    if (len == 1 && *name == 'A')
        return "1";
    if (len == 1 && *name == 'E')
        return "";
    return len == 4 && strncmp(name, "BOTH", 4) == 0 ? "$A \"q\"" : NULL;
}

static void test_expand(void **state)
{
    static const struct {
        const char *text, *means; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"$A${A}", "11"},
        {"$BOTH", "$A \"q\""}, /* a value is not expanded again */
        {"${A-d} ${E-d} ${N-d}", "1  d"},
        {"${A:-d} ${E:-d} ${N:-d}", "1 d d"},
        {"${A+d} ${E+d} ${N+d}", "d d "},
        {"${A:+d} ${E:+d} ${N:+d}", "d  "},
        {"${A?d} ${E?d}", "1 "},
        {"${A:?d}", "1"},
        {"${E:?d}", NULL},
        {"${N?d}", NULL},
        {"${N:-${N:-${A}$}}", "1$"},
        {"${N:-'}'}", "}"},
        {"${N:-\\}}", "}"},
        {"'$A\\'", "$A\\"},
        {"\"$A\\$A\\\"\\\\\\n'\"", "1$A\"\\\\n'"},
        {"\\$A\\ \\n\\\\", "$A n\\"},
        {"a\\", "a"},
        {"$", "$"},
        {"$$A", "$1"},
        {"$-$A", "$-1"},
        {"${", NULL},
        {"${A", NULL},
        {"${A:", NULL},
        {"${A:-", NULL},
        {"${A:-x", NULL},
        {"${}", NULL},
        {"${A#x}", NULL},
        {"${A:x}", NULL},
        {"${A-'}", NULL},
        {"'", NULL},
        {"a\"b", NULL},
        {"\"\\", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleanup_buf struct buf b = BUF_INIT;
        struct err err = {""};
        int r = expand_text(cases[i].text, strlen(cases[i].text), lookup, NULL, &b, &err);

        if (!cases[i].means ? r != -EINVAL || !err.text[0]
                            : r != 0 || strcmp(buf_str(&b), cases[i].means) != 0)
            fail_msg("%s: %d, %s %s", cases[i].text, r, buf_str(&b), err.text);
    }
}

static void test_depth(void **state)
{
    char text[5000] = "";
    cleanup_buf struct buf b = BUF_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++)
        strcat(text, "${N-");
    assert_int_equal(expand_text(text, strlen(text), lookup, NULL, &b, NULL), -EINVAL);
}

static void test_words(void **state)
{
    static const char *const words[] = {"a",     "'b c'\"d e\"", "f\\ g",   "\"h\\\" i\"",
                                        "'j\\'", "$k",           "\"open  "};
    const char *text = " a 'b c'\"d e\" f\\ g\t\"h\\\" i\"\n'j\\' $k \"open  ", *word;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_true(expand_next(&text, &word, &len));
        assert_int_equal(len, strlen(words[i]));
        assert_memory_equal(word, words[i], len);
    }
    assert_false(expand_next(&text, &word, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
