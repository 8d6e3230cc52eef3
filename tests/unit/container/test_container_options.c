/* SPDX-License-Identifier: Apache-2.0 */
/* Options of run, and volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"
#include "container/container_mounts.h"

static const struct verb_option table[] = {{CONTAINER_RM, "rm", NULL, ""},
                                           CONTAINER_OPTIONS,
                                           {'i', "interactive", NULL, ""},
                                           {'t', "tty", NULL, ""},
                                           {CONTAINER_RUNTIME, "runtime", "PROGRAM", ""},
                                           {0, NULL, NULL, NULL}};
static const struct verb verb = {.name = "run",
                                 .synopsis = "",
                                 .about = "",
                                 .summary = "",
                                 .examples = "",
                                 .options = table,
                                 .operands_end_options = true};

#define W(text) ((char[]){text})

/* How many operands are left, or -1. What is said of mistakes is not looked at. */
static int parse(char **argv, struct container_options *c, struct options *o)
{
    struct cli cli = {.verb = &verb};
    int argc = 0;

    *c = (struct container_options){0};
    while (argv[argc])
        argc++;
    options_init(o, &cli, argc, argv);
    for (int letter; (letter = options_next(o)) > 0;)
        container_option(c, o, letter);
    return options_operands(o, 1, -1, "IMAGE") < 0 || container_options_check(c, o) < 0 ? -1 : o->argc;
}

static void test_good(void **state)
{
    char *argv[] = {W("run"),      W("-it"), W("-e"),           W("A=1"),
                    W("-eTRY_ME"), W("-e"),  W("NOT_SET_HERE"), W("--network"),
                    W("host"),     W("-v"),  W("/:/h:ro"),      W("-w"),
                    W("/w"),       W("-u"),  W("me:us"),        W("--entrypoint="),
                    W("--branch"), W("b1"),  W("image"),        W("--rm"),
                    W("-e"),       NULL};
    struct container_options c;
    struct options o;

    (void)state;
    setenv("TRY_ME", "yes", 1);
    unsetenv("NOT_SET_HERE");
    assert_int_equal(parse(argv, &c, &o), 3); /* what follows the image is the command's */
    assert_string_equal(o.argv[1], "--rm");
    assert_true(c.interactive && c.wish.tty && c.wish.host_network && !c.remove && !c.wish.read_only);
    assert_int_equal(c.n_env, 2);
    assert_string_equal(c.wish.env[0], "A=1");
    assert_string_equal(c.wish.env[1], "TRY_ME=yes");
    assert_null(c.wish.env[2]);
    assert_int_equal(c.wish.n_volumes, 1);
    assert_string_equal(c.wish.workdir, "/w");
    assert_string_equal(c.wish.user, "me:us");
    assert_string_equal(c.wish.entrypoint, "");
    assert_string_equal(c.branch, "b1");
    assert_string_equal(container_branch_make(&c), "missing");
    container_options_free(&c);
}

static void test_refused(void **state)
{
    char *const cases[][4] = {
        {W("--network"), W("bridge")},
        {W("--pids-limit"), W("x")},
        {W("--pids-limit"), W("-2")},
        {W("--pids-limit"), W("")},
        {W("--pids-limit"), W("5000000")},
        {W("--pids-limit"), W("10 ")},
        {W("-e"), W("=x")},
        {W("-e"), W("")},
        {W("-v"), W("/etc")},
        {W("-v"), W("name:/x")},
        {W("-v"), W("/etc:x")},
        {W("-v"), W("/etc:/")},
        {W("-v"), W("/etc:/x:no")},
        {W("-v"), W("/nonexistent:/x")},
        {W("--branch"), W("../x")},
        {W("--hostname"), W("")},
        {W("-u"), W("\xff")},
        {W("--rm"), W("--branch=x")},
        {W("-v"), W(":/x")},
        {W("-w"), W("\xc3")},
    };
    int null = dup(STDERR_FILENO);

    (void)state;
    assert_non_null(freopen("/dev/null", "w", stderr));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[] = {W("run"), cases[i][0], cases[i][1], W("image"), NULL};
        struct container_options c;
        struct options o;
        assert_int_equal(parse(argv, &c, &o), -1);
        assert_int_equal(o.status, STATUS_USAGE);
        container_options_free(&c);
    }
    fflush(stderr);
    dup2(null, STDERR_FILENO);
    close(null);
}

/* What is meant in the end. */
static void test_pids_limit(void **state)
{
    static const struct {
        const char *value; /* NULL: nothing is said */
        int64_t limit;     /* 0: none */
    } cases[] = {{NULL, 2048}, {"0", 0}, {"-1", 0}, {"1", 1}, {"500", 500}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct container_options c = {0};
        struct options o;
        char value[16];
        snprintf(value, sizeof value, "%s", cases[i].value ? cases[i].value : "");
        char *with[] = {W("run"), W("--pids-limit"), value, W("image"), NULL};
        char *without[] = {W("run"), W("image"), NULL};
        assert_int_equal(parse(cases[i].value ? with : without, &c, &o), 1);
        assert_int_equal(bundle_pids_limit(&c.wish), cases[i].limit);
        container_options_free(&c);
    }
}

static void test_volume(void **state)
{
    struct bundle_volume v;

    (void)state;
    assert_int_equal(chdir("/etc"), 0);
    assert_int_equal(volume_parse(".:/x:z,ro", &v, NULL), 0);
    assert_string_equal(v.source, "/etc");
    assert_string_equal(v.destination, "/x");
    assert_true(v.read_only);
    free(v.source);
    free(v.destination);
    assert_int_equal(volume_parse("./../etc/:/y", &v, NULL), 0);
    assert_string_equal(v.source, "/etc");
    assert_false(v.read_only);
    free(v.source);
    free(v.destination);
}

static void test_branches(void **state)
{
    struct container_options c = {0};

    (void)state;
    c.branch = c.branch_made_up;
    assert_string_equal(container_branch_make(&c), "new");
    c.wish.read_only = true;
    assert_string_equal(container_branch_make(&c), "temporary");
    c.wish.read_only = false;
    c.remove = true;
    assert_string_equal(container_branch_make(&c), "temporary");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_pids_limit), cmocka_unit_test(test_volume),
                                       cmocka_unit_test(test_branches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
