/* SPDX-License-Identifier: Apache-2.0 */
/* Users by name and number, in account files that are anybody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "no colons here\n"
                             "\n"
                             "short:x:5\n"
                             "bad:x:12x:3::/bad:\n"
                             "minus:x:-1:3::/bad:\n"
                             "huge:x:4294967295:3::/bad:\n"
                             "larger:x:99999999999999999999:3::/bad:\n"
                             ":x:77:77::/nameless:\n"
                             "app:x:1000:1001:A, B and more:/home/app:/bin/sh\n"
                             "app:x:1:1::/second:\n"
                             "77:x:2000:2000::/number:\n"
                             "homeless:x:3000:3000:::\n"
                             "last:x:4000:4000::/last"; /* no newline */
static const char group[] = "root:x:0:\n"
                            "wheel:x:10:root,app\n"
                            "like:x:11:apple,ap,app2,notapp\n"
                            "video:x:44:app\n"
                            "again:x:44:app\n"
                            "bad:x:y:app\n"
                            "short:x:12\n"
                            ":x:13:app\n"
                            "own:x:1001:app\n"
                            "88:x:89:\n"
                            "end:x:99:other,app";

/* As podman 4.3 has them, but for lines that make no sense ("bad", "minus", without a name: it reads them as
 * 0, as 4294967295, or as anybody's), numbers above 2147483647 (it refuses some), "-1" and "+5". */
static void test_found(void **state)
{
    static const struct {
        const char *user;
        uint32_t uid, gid;
        const char *home;
        size_t n_groups;
        uint32_t groups[4];
    } cases[] = {
        {NULL, 0, 0, "/root", 2, {0, 10}},
        {"", 0, 0, "/root", 2, {0, 10}},
        {"0", 0, 0, "/root", 2, {0, 10}},
        {"root", 0, 0, "/root", 2, {0, 10}},
        {"app", 1000, 1001, "/home/app", 4, {1001, 10, 44, 99}},
        {"1000", 1000, 1001, "/home/app", 4, {1001, 10, 44, 99}},
        {"app:video", 1000, 44, "/home/app", 1, {44}},
        {"app:7", 1000, 7, "/home/app", 1, {7}},
        {"1000:1000", 1000, 1000, "/home/app", 1, {1000}},
        {"app:", 1000, 1001, "/home/app", 1, {1001}}, /* USER $NAME:$GROUP without the second */
        {"1000:", 1000, 1001, "/home/app", 1, {1001}},
        {"4242:", 4242, 0, "/", 1, {0}},
        {":", 0, 0, "/root", 1, {0}},
        {":wheel", 0, 10, "/root", 1, {10}},
        {":7", 0, 7, "/root", 1, {7}},
        {"4242", 4242, 0, "/", 1, {0}},
        {"4242:4243", 4242, 4243, "/", 1, {4243}},
        {"4242:wheel", 4242, 10, "/", 1, {10}},
        {"77", 77, 0, "/", 1, {0}}, /* somebody is called so, but a number is a number */
        {"app:88", 1000, 88, "/home/app", 1, {88}},
        {"05", 5, 0, "/", 1, {0}},
        {"homeless", 3000, 3000, "/", 1, {3000}},
        {"short", 5, 0, "/", 1, {0}},
        {"app:video:more", 1000, 44, "/home/app", 1, {44}},
        {"last", 4000, 4000, "/last", 1, {4000}},
        {"4294967294", 4294967294, 0, "/", 1, {0}},
    };
    const struct bundle_accounts accounts = {passwd, group};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bundle_user u;
        assert_int_equal(bundle_user_find(cases[i].user, &accounts, &u, NULL), 0);
        assert_int_equal(u.uid, cases[i].uid);
        assert_int_equal(u.gid, cases[i].gid);
        assert_string_equal(u.home, cases[i].home);
        assert_int_equal(u.n_groups, cases[i].n_groups);
        for (size_t n = 0; n < u.n_groups; n++)
            assert_int_equal(u.groups[n], cases[i].groups[n]);
        bundle_user_free(&u);
    }
}

static void test_refused(void **state)
{
    static const char *const users[] = {
        "nobody",     "bad",  "minus",    "huge",           "larger", "-1",
        "4294967295", "1x",   "app:none", "root:-1",        "ap",     "99999999999999999999",
        "app:a:b",    " app", "+5",       "app:4294967295", "0x10"};
    const struct bundle_accounts accounts = {passwd, group}, none = {NULL, NULL};
    struct bundle_user u;

    (void)state;
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        struct err err = {""};
        assert_true(bundle_user_find(users[i], &accounts, &u, &err) < 0);
        assert_true(*err.text);
        assert_null(u.home);
    }
    assert_int_equal(bundle_user_find("app", &none, &u, NULL), -ENOENT);
    assert_int_equal(bundle_user_find("12:13", &none, &u, NULL), 0);
    assert_int_equal(u.gid, 13);
    bundle_user_free(&u);
}

/* Files that other systems and careless scripts write, as podman 4.3 reads them; but where it has no home at
 * all it is
 * "/", and who has no uid is nobody: podman takes him for root. */
static void test_odd_files(void **state)
{
    static const char crs[] =
        "root:x:0:0:root:/root:/bin/sh\r\napp:x:1000:1001::/home/app\r\nshort:x:5:6\r\n\r\nend:x:7\r";
    static const char cr_groups[] = "root:x:0:\r\nextra:x:1002:app\r\nmore:x:1003:root,app\r\nbare:x:7\r\n";
    static const char blanks[] = "\n \n\t\n  app:x:1000:1001::/home/app:/bin/sh\nb:x:5:6::/h  \n c : x : 7 : "
                                 "8 : : /c :\n#no:x:9:9::/:\n";
    static const char blank_groups[] =
        "\n \n g:x:7:\n h : x : 8 : app\nk:x:10: app\nl:x:11:app, \nm:x:12:app \n";
    static const char shorts[] =
        "a:x:1000:1001\nb:x:5\nc:x\nd\nq:x:7:8:gecos\ne:x:9::::\nf:x::6::/f:\nr::\n:x:3:3\nz:x:4:y::/z:";
    static const char short_groups[] = "g:x:7\nh:x\ni\nk:x:9:a\n:x:3:a\nn::11:a:more\n";
    static const struct {
        const char *passwd, *group, *user;
        uint32_t uid, gid; /* UINT32_MAX: refused */
        const char *home;
        size_t n_groups;
        uint32_t groups[3];
    } cases[] = {
        {crs, cr_groups, "app", 1000, 1001, "/home/app", 3, {1001, 1002, 1003}},
        {crs, cr_groups, "1000", 1000, 1001, "/home/app", 3, {1001, 1002, 1003}},
        {crs, cr_groups, "short", 5, 6, "/", 1, {6}},
        {crs, cr_groups, "5", 5, 6, "/", 1, {6}},
        {crs, cr_groups, "end", 7, 0, "/", 1, {0}},
        {crs, cr_groups, "", 0, 0, "/root", 2, {0, 1003}},
        {crs, cr_groups, "app:bare", 1000, 7, "/home/app", 1, {7}},
        {crs, cr_groups, "app:extra", 1000, 1002, "/home/app", 1, {1002}},
        {blanks, blank_groups, "app", 1000, 1001, "/home/app", 3, {1001, 11, 12}},
        {blanks, blank_groups, "b", 5, 6, "/h", 1, {6}},
        {blanks, blank_groups, "b:g", 5, 7, "/h", 1, {7}},
        {blanks, blank_groups, "c", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, "c ", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, " app", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, "app ", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, "app:h", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, "app: ", UINT32_MAX, 0, NULL, 0, {0}},
        {blanks, blank_groups, "#no", 9, 9, "/", 1, {9}},
        {shorts, short_groups, "a", 1000, 1001, "/", 3, {1001, 9, 11}},
        {shorts, short_groups, "b", 5, 0, "/", 1, {0}},
        {shorts, short_groups, "5", 5, 0, "/", 1, {0}},
        {shorts, short_groups, "q", 7, 8, "/", 1, {8}},
        {shorts, short_groups, "e", 9, 0, "/", 1, {0}},
        {shorts, short_groups, "b:g", 5, 7, "/", 1, {7}},
        {shorts, short_groups, "c", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "d", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "f", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "r", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "z", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "a:h", UINT32_MAX, 0, NULL, 0, {0}},
        {shorts, short_groups, "a:i", UINT32_MAX, 0, NULL, 0, {0}},
        {"", "", NULL, 0, 0, "/", 1, {0}},
        {"", "", "root", UINT32_MAX, 0, NULL, 0, {0}},
        {"\r\n", "\r", "5", 5, 0, "/", 1, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bundle_accounts accounts = {cases[i].passwd, cases[i].group};
        struct bundle_user u;
        int r = bundle_user_find(cases[i].user, &accounts, &u, NULL);

        if ((r < 0) != (cases[i].uid == UINT32_MAX))
            fail_msg("case %zu, %s: %d", i, cases[i].user, r);
        if (r < 0)
            continue;
        if (u.uid != cases[i].uid || u.gid != cases[i].gid || strcmp(u.home, cases[i].home) != 0)
            fail_msg("case %zu, %s: %u:%u %s", i, cases[i].user, u.uid, u.gid, u.home);
        assert_int_equal(u.n_groups, cases[i].n_groups);
        for (size_t n = 0; n < u.n_groups; n++)
            assert_int_equal(u.groups[n], cases[i].groups[n]);
        bundle_user_free(&u);
    }
}

/* Nobody is in so many groups, but a file can say so. */
static void test_many_groups(void **state)
{
    char *text = malloc(40 * (BUNDLE_USER_MAX_GROUPS + 1)), *at = text;
    struct bundle_user u;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < BUNDLE_USER_MAX_GROUPS; i++)
        at += snprintf(at, 40, "g%d:x:%d:app\n", i, i + 5000);
    const struct bundle_accounts accounts = {passwd, text};
    assert_int_equal(bundle_user_find("app", &accounts, &u, NULL), -E2BIG);
    *strrchr(text, 'g') = '\0';
    assert_int_equal(bundle_user_find("app", &accounts, &u, NULL), 0);
    assert_int_equal(u.n_groups, BUNDLE_USER_MAX_GROUPS);
    bundle_user_free(&u);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_many_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
