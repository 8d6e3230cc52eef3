/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "show/find_expr.h"

#define NOW INT64_C(1700000000)
#define DAY (24 * 60 * 60)

/* Each file's actions, a letter each. */
struct asked {
    char done[8];
};

static int has_xattr(void *ctx, const char *pattern)
{
    (void)ctx;
    return strcmp(pattern, "user.*") == 0;
}

static int is_empty_dir(void *ctx)
{
    (void)ctx;
    return 1;
}

static int act(void *ctx, enum find_action action)
{
    struct asked *asked = ctx;
    size_t n = strlen(asked->done);

    assert_true(n + 1 < sizeof asked->done);
    asked->done[n] = "p0l-q"[action];
    return 0;
}

static int account(void *ctx, const char *name, bool group, uint32_t *ret)
{
    (void)ctx;
    if (strcmp(name, "known") != 0)
        return -ENOENT;
    *ret = group ? 5 : 1000;
    return 0;
}

/* 5 is a group without a name. */
static int has_account(void *ctx, uint32_t id, bool group)
{
    (void)ctx;
    return !(group && id == 5);
}

static int look(void *ctx, const char *path, struct tree_attr *ret)
{
    (void)ctx;
    *ret = (struct tree_attr){.ino = 7, .mtime = {NOW, 5}};
    return strcmp(path, "there") == 0 ? 0 : -ENOENT;
}

static const struct find_facts facts = {NOW, account, look, NULL};

/* Words with blanks between them. */
static int parse(const char *text, struct find_expr **ret, struct err *err)
{
    static char copy[512];
    const char *words[64];
    int n = 0;

    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
        words[n++] = at;
    return find_parse(words, n, &facts, ret, err);
}

/* What is done with the file /usr/bin/tool: 04755, 1000:5, 1025 bytes, two names, a day and a second old. */
static void check(const char *text, const char *done)
{
    const struct tree_attr attr = {.mode = S_IFREG | 04755,
                                   .nlink = 2,
                                   .uid = 1000,
                                   .gid = 5,
                                   .size = 1025,
                                   .ino = 7,
                                   .mtime = {NOW - DAY - 1, 5}};
    struct asked asked = {{0}};
    const struct find_file f = {.path = "/usr/bin/tool",
                                .name = "tool",
                                .attr = &attr,
                                .has_xattr = has_xattr,
                                .is_empty_dir = is_empty_dir,
                                .has_account = has_account,
                                .act = act,
                                .ctx = &asked};
    struct find_expr *e;
    struct err err = {""};
    int r = parse(text, &e, &err);

    if (r < 0)
        fail_msg("%s: %s", text, err.text);
    find_match(e, &f);
    if (strcmp(asked.done, done) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", text, asked.done, done);
    find_free(e);
}

static void test_matches(void **state)
{
    static const char *const yes[] = {
        "",
        "-name tool",
        "-name t*l",
        "-iname TOOL",
        "-path /usr/*",
        "-path *bin/tool",
        "-ipath */BIN/*",
        "-type f",
        "-type d,f",
        "-size 3",
        "-size +2",
        "-size 2k",
        "-size 1025c",
        "-size -3k",
        "-size 1M",
        "-size 513w",
        "-perm 4755",
        "-perm -4111",
        "-perm /4001",
        "-perm /0",
        "-perm -0",
        "-perm u=rwxs,go=rx",
        "-perm -u+s",
        "-perm /g=s,u=s",
        "-uid 1000",
        "-uid +999",
        "-uid -1001",
        "-gid 5",
        "-user known",
        "-user 1000",
        "-group known",
        "-links 2",
        "-links +1",
        "-newermt @1699913598",
        "-mtime 1",
        "-mtime +0",
        "-mtime -2",
        "-xattr user.*",
        "! -empty",
        "-true",
        "-not -false",
        "! ! -true",
        "-false -o -true",
        "-true -a -true",
        "( -false -o -true ) -type f",
        "-false -false -o -true",
        "-true -o -false -false",
        "-maxdepth 3",
        "-inum 7",
        "-samefile there",
        "! -newer there",
        "-nogroup",
        "-regex .*/t[o]*l",
        "-iregex /USR/.*",
        "-mmin 1441",
        "-mmin +1440",
    };
    static const char *const no[] = {
        "-name too",
        "-name /usr/bin/tool",
        "-path tool",
        "-type l",
        "-size 2",
        "-size +3",
        "-size -1M",
        "-perm 755",
        "-perm -4757",
        "-perm /2002",
        "-perm g=x",
        "-uid -1000",
        "-user 5",
        "-links -2",
        "-newermt @1699913600",
        "-mtime 0",
        "-mtime +1",
        "-mtime -1",
        "-xattr security.*",
        "-empty",
        "-false",
        "! -true",
        "-true -false",
        "-type f ! -name tool",
        "! ( -type d -o -type f )",
        "-false -a ( -true -o -true )",
        "-inum 8",
        "-newer there",
        "-nouser",
        "-regex tool",
        "-regex /usr",
        "-lname *",
        "-mmin 1440",
    };

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        check(yes[i], "p");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        check(no[i], "");
}

static void test_actions(void **state)
{
    (void)state;
    check("-print -ls", "pl");
    check("-print0 -false -o -ls", "0l");
    check("-true -o -print", "");
    check("( -print )", "p");
    check("! -print", "p");
    check("-type d -print0 -o -type f -ls", "l");
    check("-prune", "-p");
    check("-prune -o -print", "-");
    check("-quit", "q");
}

static void test_depths(void **state)
{
    struct find_expr *e;
    struct err err;

    (void)state;
    assert_int_equal(parse("-mindepth 2 -type f -maxdepth 7", &e, &err), 0);
    assert_int_equal(find_min_depth(e), 2);
    assert_int_equal(find_max_depth(e), 7);
    find_free(e);
    assert_int_equal(parse("-type f", &e, &err), 0);
    assert_int_equal(find_min_depth(e), 0);
    assert_int_equal(find_max_depth(e), UINT32_MAX);
    find_free(e);
}

static void test_refuses(void **state)
{
    static const char *const wrong[] = {
        "-nonsense",
        "word",
        "-name",
        "-type x",
        "-type f,",
        "-type f,f",
        "-type ff",
        "-size",
        "-size x",
        "-size 1q",
        "-size 1kk",
        "-size +",
        "-size 99999999999999999999",
        "-perm 8",
        "-perm 10000",
        "-perm u",
        "-perm u=q",
        "-perm u=r,",
        "-perm +x",
        "-uid",
        "-uid x",
        "-uid 1x",
        "-links +-1",
        "-user unknown",
        "-group",
        "-newermt yesterday",
        "-newermt @",
        "-newermt 2024-13-01",
        "-mtime 1.5",
        "-newer nowhere",
        "-samefile",
        "-regex [",
        "-exec x",
        "-maxdepth -1",
        "-maxdepth x",
        "(",
        ")",
        "( )",
        "( -true",
        "-true )",
        "!",
        "-not",
        "-o -true",
        "-true -o",
        "-true -a",
        "-a",
        "-true -o -o -true",
        "-true -a -a -true",
        "( -true -o )",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct find_expr *e;
        struct err err = {""};

        if (parse(wrong[i], &e, &err) != -EINVAL || !*err.text)
            fail_msg("\"%s\" is not refused with a reason", wrong[i]);
    }
}

/* Neither parts nor parentheses without end. */
static void test_limits(void **state)
{
    static const char *words[20000];
    struct find_expr *e;
    struct err err = {""};

    (void)state;
    for (size_t i = 0; i < 20000; i++)
        words[i] = "(";
    assert_int_equal(find_parse(words, 20000, &facts, &e, &err), -EINVAL);
    for (size_t i = 0; i < 20000; i++)
        words[i] = "!";
    assert_int_equal(find_parse(words, 20000, &facts, &e, &err), -EINVAL);
    for (size_t i = 0; i < 20000; i++)
        words[i] = "-true";
    assert_int_equal(find_parse(words, 20000, &facts, &e, &err), -EINVAL);
    assert_int_equal(find_parse(words, 1000, &facts, &e, &err), 0);
    find_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches), cmocka_unit_test(test_actions), cmocka_unit_test(test_depths),
        cmocka_unit_test(test_refuses), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
