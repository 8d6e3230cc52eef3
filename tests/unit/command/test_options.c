/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing a verb's words. What is said of a mistake goes to standard error, which is looked at through a
 * pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/options.h"

static const struct verb_option options[] = {
    {'n', "name", "NAME", "a name"},
    {'q', "quiet", NULL, "say less"},
    {300, "limit", "N", "only long"},
    {301, "may", "[=NAME]", "with or without"},
    {0, NULL, NULL, NULL},
};
static const struct foreign_option foreign[] = {
    {"-y --yes", "say it otherwise"}, {"--lim", "not a beginning"}, {NULL, NULL}};
static const struct verb verb = {.name = "try",
                                 .summary = "",
                                 .synopsis = "WORD",
                                 .about = "",
                                 .options = options,
                                 .foreign = foreign,
                                 .examples = "mica try\n"};

struct parsed {
    char seen[256]; /* "n=value q limit=3" */
    char complaint[512];
    int r, status, argc;
    char **argv;
    const char *store;
};

static void parse(char **argv, int min, int max, struct parsed *ret)
{
    struct cli cli = {.verb = &verb};
    struct options o;
    int argc = 0, ends[2], saved = dup(STDERR_FILENO);

    memset(ret, 0, sizeof *ret);
    while (argv[argc])
        argc++;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    options_init(&o, &cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        size_t len = strlen(ret->seen);
        snprintf(ret->seen + len, sizeof ret->seen - len, "%s%d%s%s", len ? " " : "", c, o.value ? "=" : "",
                 o.value ? o.value : "");
    }
    ret->r = options_operands(&o, min, max, "WORD");
    ret->status = o.status;
    ret->argc = o.argc;
    ret->argv = o.argv;
    ret->store = cli.store;
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = read(ends[0], ret->complaint, sizeof ret->complaint - 1);
    assert_true(n >= 0);
    close(ends[0]);
}

static void test_good(void **state)
{
    static const struct {
        const char *words[8];
        const char *seen, *operands;
    } cases[] = {
        {{"try", "a"}, "", "a"},
        {{"try", "a", "-q", "b"}, "113", "a b"}, /* in any order */
        {{"try", "-qn", "x", "a"}, "113 110=x", "a"},
        {{"try", "-nx", "--limit=5", "--limit", "6"}, "110=x 300=5 300=6", ""},
        {{"try", "--", "-q"}, "", "-q"},
        {{"try", "-"}, "", "-"},
        {{"try", "--qui"}, "113", ""}, /* unambiguous beginnings serve */
        {{"try", "--may", "a", "--may=b"}, "301 301=b", "a"},
        {{"try", "--store", "/s", "a"}, "", "a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[8][32], *argv[9] = {NULL}, operands[64] = "";
        struct parsed p;
        for (size_t w = 0; w < 8 && cases[i].words[w]; w++)
            argv[w] = strcpy(words[w], cases[i].words[w]);
        parse(argv, 0, -1, &p);
        assert_int_equal(p.r, 0);
        assert_string_equal(p.seen, cases[i].seen);
        assert_string_equal(p.complaint, "");
        for (int w = 0; w < p.argc; w++)
            strcat(strcat(operands, *operands ? " " : ""), p.argv[w]);
        assert_string_equal(operands, cases[i].operands);
        if (argv[1] && strcmp(cases[i].words[1], "--store") == 0)
            assert_string_equal(p.store, "/s");
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *words[6];
        int min, max;
        const char *complaint;
    } cases[] = {
        {{"try", "--nonsense"}, 0, -1, "unknown option --nonsense"},
        {{"try", "-z"}, 0, -1, "unknown option -z"},
        {{"try", "-qz"}, 0, -1, "unknown option -z"},
        {{"try", "-qh"}, 0, -1, "-h cannot be combined with other letters; use -h alone, or --help"},
        {{"try", "-hq"}, 0, -1, "-h cannot be combined with other letters; use -h alone, or --help"},
        {{"try", "-y"}, 0, -1, "unknown option -y: say it otherwise"},
        {{"try", "-qy"}, 0, -1, "unknown option -y: say it otherwise"},
        {{"try", "--yes=1"}, 0, -1, "unknown option --yes: say it otherwise"},
        {{"try", "--lim", "1"}, 0, -1, "unknown option --lim: not a beginning"},
        {{"try", "--lim=1"}, 0, -1, "unknown option --lim: not a beginning"},
        {{"try", "-n"}, 0, -1, "-n needs a value"},
        {{"try", "--name"}, 0, -1, "--name needs a value"},
        {{"try", "--quiet=1"}, 0, -1, "--quiet takes no value"},
        {{"try", "--store"}, 0, -1, "--store needs a value"},
        {{"try"}, 1, 1, "needs WORD"},
        {{"try", "a", "b"}, 1, 1, "too many words: \"b\""},
        {{"try", "--a\033b"}, 0, -1, "unknown option --a\\x1bb"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[6][32], *argv[7] = {NULL}, expected[128];
        struct parsed p;
        for (size_t w = 0; w < 6 && cases[i].words[w]; w++)
            argv[w] = strcpy(words[w], cases[i].words[w]);
        parse(argv, cases[i].min, cases[i].max, &p);
        assert_int_equal(p.r, -1);
        assert_int_equal(p.status, STATUS_USAGE);
        snprintf(expected, sizeof expected, "mica: try: %s\ntry: mica try --help\n", cases[i].complaint);
        assert_string_equal(p.complaint, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
