/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "union/id_map.h"
#include "union/id_map_acl.h"
#include "union/id_map_cap.h"
#include "union/id_space.h"

#define LAST UINT32_C(4294967294)

static void parse(struct id_map *m, const char *text)
{
    struct err err = {""};

    if (id_map_parse(m, "uidmapping", text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
}

/* An id on disk and where it is shown; with ID_UNMAPPED nobody can mean it. */
static void test_mapping(void **state)
{
    static const struct {
        const char *text;
        uint32_t disk, shown;
    } cases[] = {
        {"", 0, 0},
        {"", LAST, LAST},
        {":", 7, 7},
        {"0:100000:65536", 0, 100000},
        {":0:100000:65536", 42, 100042},
        {":0:100000:65536", 65535, 165535},
        {":0:100000:65536", 65536, ID_UNMAPPED},
        {":0:100000:65536", LAST, ID_UNMAPPED},
        {":0:1:1001:1001:0:1:1002:1002:64535", 0, 1},
        {":0:1:1001:1001:0:1:1002:1002:64535", 1000, 1001},
        {":0:1:1001:1001:0:1:1002:1002:64535", 1001, 0},
        {":0:1:1001:1001:0:1:1002:1002:64535", 1002, 1002},
        {":0:1:1001:1001:0:1:1002:1002:64535", 65536, 65536},
        {":0:1:1001:1001:0:1:1002:1002:64535", 65537, ID_UNMAPPED},
        {"0:0:4294967295", LAST, LAST},
        {"4294967294:5:1", LAST, 5},
        {"5:4294967294:1", 5, LAST},
        {"1:1:1:3:3:1", 2, ID_UNMAPPED},
        {"0000:007:1", 0, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct id_map m = {0};
        uint32_t taken = 0;

        parse(&m, cases[i].text);
        if (id_map_show(&m, cases[i].disk) != cases[i].shown)
            fail_msg("%s shows %u as %u", cases[i].text, cases[i].disk, id_map_show(&m, cases[i].disk));
        assert_int_equal(id_map_show_owner(&m, cases[i].disk), cases[i].shown);
        if (cases[i].shown != ID_UNMAPPED) {
            assert_int_equal(id_map_take(&m, cases[i].shown, &taken), 0);
            assert_int_equal(taken, cases[i].disk);
        }
        id_map_clear(&m);
    }
}

static void test_nobody_can_mean_it(void **state)
{
    static const uint32_t ids[] = {0, 99999, 100003, ID_UNMAPPED, LAST};
    struct id_map m = {0};
    uint32_t taken;

    (void)state;
    parse(&m, "0:100000:2:9:100002:1");
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        assert_int_equal(id_map_take(&m, ids[i], &taken), -EOVERFLOW);
    id_map_clear(&m);
}

static void test_squashed(void **state)
{
    struct id_map m = {.squashed = true, .squashed_to = 77};

    (void)state;
    assert_int_equal(id_map_show_owner(&m, 0), 77);
    parse(&m, "0:100000:10"); /* leaves it squashed */
    assert_int_equal(id_map_show_owner(&m, 5), 77);
    assert_int_equal(id_map_show(&m, 5), 100005);
    id_map_clear(&m);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"0", "CONTAINER:HOST:SIZE"},
        {"0:1", "CONTAINER:HOST:SIZE"},
        {"0:1:", "CONTAINER:HOST:SIZE"},
        {"::", "CONTAINER:HOST:SIZE"},
        {"::0:1:1", "CONTAINER:HOST:SIZE"},
        {"0:1:1:", "CONTAINER:HOST:SIZE"},
        {"0:1:1::2:3:1", "CONTAINER:HOST:SIZE"},
        {"0:1:1:2", "CONTAINER:HOST:SIZE"},
        {"0:1:1:2:2", "CONTAINER:HOST:SIZE"},
        {"0:1:1 ", "CONTAINER:HOST:SIZE"},
        {" 0:1:1", "CONTAINER:HOST:SIZE"},
        {"-1:1:1", "CONTAINER:HOST:SIZE"},
        {"+1:1:1", "CONTAINER:HOST:SIZE"},
        {"0x1:1:1", "CONTAINER:HOST:SIZE"},
        {"a:b:c", "CONTAINER:HOST:SIZE"},
        {"0:1:4294967296", "CONTAINER:HOST:SIZE"},
        {"4294967295:1:1", "no range"},
        {"99999999999999999999999:1:1", "CONTAINER:HOST:SIZE"},
        {"0:1:1,2:2:1", "CONTAINER:HOST:SIZE"},
        {"0:1:0", "no range"},
        {"4294967294:0:2", "no range"},
        {"0:4294967294:2", "no range"},
        {"1:0:4294967295", "no range"},
        {"0:100:10:5:200:1", "overlap"},
        {"5:200:1:0:100:10", "overlap"},
        {"0:100:10:10:109:1", "overlap"},
        {"0:100:10:0:100:10", "overlap"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct id_map m = {0};
        struct err err = {""};

        if (id_map_parse(&m, "gidmapping", cases[i].text, strlen(cases[i].text), &err) != -EINVAL)
            fail_msg("\"%s\" is taken", cases[i].text);
        if (!strstr(err.text, cases[i].says) || !strstr(err.text, "gidmapping"))
            fail_msg("\"%s\": %s", cases[i].text, err.text);
        assert_null(m.ranges);
        assert_int_equal(m.n, 0);
    }
}

static void test_limits(void **state)
{
    struct id_map m = {0};
    struct err err = {""};
    char text[16384];
    size_t len = 0;

    (void)state;
    for (unsigned i = 0; i < ID_MAP_RANGES; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ":%u:%u:1", 2 * i, 100000 + 3 * i);
    /* What is behind `len` is not part of it. */
    assert_int_equal(id_map_parse(&m, "uidmapping", text, len - 2, &err), -EINVAL);
    assert_int_equal(id_map_parse(&m, "uidmapping", text, len, &err), 0);
    assert_int_equal(id_map_show(&m, 2 * 339), 100000 + 3 * 339);
    snprintf(text + len, sizeof text - len, ":9999:9999:1");
    assert_int_equal(id_map_parse(&m, "uidmapping", text, strlen(text), &err), -EINVAL);
    assert_non_null(strstr(err.text, "340"));
}

/* ---- access lists */

#define ENTRY(tag, perm, id)                                                                                 \
    tag, 0, perm, 0, (char)((id)&255), (char)((id) >> 8 & 255), (char)((id) >> 16 & 255),                    \
        (char)((id) >> 24 & 255)
#define NOBODY 0xffffffffu

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

/* clang-format off */
static const char on_disk[] = {2, 0, 0, 0,
    ENTRY(USER_OBJ, 6, NOBODY), ENTRY(USER, 4, 3u), ENTRY(USER, 5, 70000u), ENTRY(GROUP_OBJ, 4, 7u),
    ENTRY(GROUP, 6, 3u), ENTRY(MASK, 6, NOBODY), ENTRY(OTHER, 0, 3u)};
static const char as_shown[] = {2, 0, 0, 0,
    ENTRY(USER_OBJ, 6, NOBODY), ENTRY(USER, 4, 100003u), ENTRY(USER, 5, 65534u), ENTRY(GROUP_OBJ, 4, 7u),
    ENTRY(GROUP, 6, 200003u), ENTRY(MASK, 6, NOBODY), ENTRY(OTHER, 0, 3u)};
/* clang-format on */

static void test_acl(void **state)
{
    struct id_map uids = {.squashed = true}, gids = {0};
    char value[sizeof on_disk];

    (void)state;
    parse(&uids, "0:100000:65536");
    parse(&gids, "0:200000:65536");
    memcpy(value, on_disk, sizeof value);
    id_map_show_acl(&uids, &gids, value, sizeof value);
    assert_memory_equal(value, as_shown, sizeof value);
    /* Nobody on disk is the one whom nothing was said of. */
    assert_int_equal(id_map_take_acl(&uids, &gids, value, sizeof value), -EINVAL);
    parse(&uids, "0:100000:65536:70000:65534:1");
    memcpy(value, as_shown, sizeof value);
    assert_int_equal(id_map_take_acl(&uids, &gids, value, sizeof value), 0);
    assert_memory_equal(value, on_disk, sizeof value);
    id_map_clear(&uids);
    id_map_clear(&gids);
}

/* What the namespace does not have is left out; an id that means nothing is no reason to. */
static void test_known_acl(void **state)
{
    /* clang-format off */
    static const char unmapped[] = {2, 0, 0, 0,
        ENTRY(USER_OBJ, 6, NOBODY), ENTRY(USER, 4, NOBODY), ENTRY(USER, 5, 12u), ENTRY(GROUP_OBJ, 4, NOBODY),
        ENTRY(GROUP, 6, 7u), ENTRY(GROUP, 6, 13u), ENTRY(MASK, 6, NOBODY), ENTRY(OTHER, 0, NOBODY)};
    static const char known[] = {2, 0, 0, 0,
        ENTRY(USER_OBJ, 6, NOBODY), ENTRY(USER, 5, 12u), ENTRY(GROUP_OBJ, 4, NOBODY),
        ENTRY(GROUP, 6, 13u), ENTRY(MASK, 6, NOBODY), ENTRY(OTHER, 0, NOBODY)};
    /* clang-format on */
    struct id_space space = {0};
    char value[sizeof unmapped];

    (void)state;
    assert_int_equal(
        id_space_parse(&space.uids, "         0       1000          1\n        12     100000     2\n"), 0);
    assert_int_equal(id_space_parse(&space.gids, "13 5 4294967282\n"), 0);
    memcpy(value, unmapped, sizeof value);
    assert_int_equal(id_space_known_acl(&space, value, sizeof value), sizeof known);
    assert_memory_equal(value, known, sizeof known);
    assert_int_equal(id_space_known_acl(&space, value, sizeof known - 1), sizeof known - 1);
    id_space_clear(&space);
    memcpy(value, unmapped, sizeof value);
    assert_int_equal(id_space_known_acl(&space, value, sizeof value), sizeof value - 8); /* nobody's goes */
    assert_int_equal(id_space_parse(&space.uids, "0 0 4294967295\n1 x 1\n"), -EINVAL);
    assert_int_equal(id_space_read(&space), 0);
    id_space_clear(&space);
}

/* ---- capabilities */

#define CAP2 "\1\0\0\2\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define CAP3 "\1\0\0\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Of user 5, 65536, 65541 (little-endian), 5 beyond what is mapped. */
static void test_capabilities(void **state)
{
    static const struct {
        const char *map, *disk, *shown, *taken; /* NULL: nothing, and -EINVAL */
        size_t disk_size, shown_size, taken_size;
    } cases[] = {
        {"0:65536:65536", CAP2, CAP3 "\0\0\1\0", CAP2, 20, 24, 20},
        {"0:65536:65536", CAP3 "\0\0\0\0", CAP3 "\0\0\1\0", CAP2, 24, 24, 20},
        {"0:65536:65536", CAP3 "\5\0\0\0", CAP3 "\5\0\1\0", CAP3 "\5\0\0\0", 24, 24, 24},
        {"0:65536:3", CAP3 "\5\0\0\0", NULL, NULL, 24, 0, 0},
        {"1:1:3", CAP2, NULL, NULL, 20, 0, 0},
        {"5:0:1:0:5:1", CAP3 "\5\0\0\0", CAP2, CAP3 "\5\0\0\0", 24, 20, 24},
        {"5:0:1:0:5:1", CAP2, CAP3 "\5\0\0\0", CAP2, 20, 24, 20},
        {"", CAP3 "\5\0\0\0", CAP3 "\5\0\0\0", CAP3 "\5\0\0\0", 24, 24, 24},
        /* What is not well-formed stays. */
        {"0:65536:3", CAP2, CAP2, CAP2, 19, 19, 19},
        {"0:65536:3", CAP2 "\0\0\0\0", CAP2 "\0\0\0\0", CAP2 "\0\0\0\0", 24, 24, 24},
        {"0:65536:3", "\0\0\0\1........", "\0\0\0\1........", "\0\0\0\1........", 12, 12, 12},
        {"0:65536:3", "", "", "", 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct id_map m = {0};
        char value[ID_MAP_CAP_SIZE];
        ssize_t n;

        parse(&m, cases[i].map);
        memcpy(value, cases[i].disk, cases[i].disk_size);
        n = id_map_show_cap(&m, value, cases[i].disk_size);
        assert_int_equal(n, cases[i].shown ? (ssize_t)cases[i].shown_size : -ENODATA);
        if (cases[i].shown) {
            assert_memory_equal(value, cases[i].shown, cases[i].shown_size);
            assert_int_equal(id_map_take_cap(&m, value, (size_t)n), cases[i].taken_size);
            assert_memory_equal(value, cases[i].taken, cases[i].taken_size);
        }
        id_map_clear(&m);
    }
}

static void test_capabilities_of_nobody(void **state)
{
    struct id_map m = {0};
    char value[ID_MAP_CAP_SIZE];

    (void)state;
    parse(&m, "0:65536:3");
    memcpy(value, CAP3 "\5\0\0\0", 24);
    assert_int_equal(id_map_take_cap(&m, value, 24), -EINVAL);
    /* Root who prepares the mount. */
    memcpy(value, CAP2, 20);
    assert_int_equal(id_map_take_cap(&m, value, 20), 20);
    assert_memory_equal(value, CAP2, 20);
    id_map_clear(&m);
}

static void test_no_acl(void **state)
{
    struct id_map uids = {0};
    char value[sizeof on_disk], other[sizeof on_disk];

    (void)state;
    parse(&uids, "0:100000:65536");
    /* Cut anywhere between entries, or of another version. */
    for (size_t len = 0; len <= sizeof on_disk; len++) {
        bool whole = len >= 4 && (len - 4) % 8 == 0;

        memcpy(value, on_disk, sizeof value);
        id_map_show_acl(&uids, &uids, value, len);
        assert_int_equal(memcmp(value, on_disk, sizeof value) == 0, !whole || len < 20);
        memcpy(value, on_disk, sizeof value);
        (void)id_map_take_acl(&uids, &uids, value, len);
        if (!whole)
            assert_memory_equal(value, on_disk, sizeof value);
    }
    memcpy(other, on_disk, sizeof other);
    other[0] = 1;
    memcpy(value, other, sizeof value);
    id_map_show_acl(&uids, &uids, value, sizeof value);
    assert_int_equal(id_map_take_acl(&uids, &uids, value, sizeof value), 0);
    assert_memory_equal(value, other, sizeof value);
    id_map_clear(&uids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapping),      cmocka_unit_test(test_nobody_can_mean_it),
        cmocka_unit_test(test_squashed),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_acl),
        cmocka_unit_test(test_no_acl),       cmocka_unit_test(test_known_acl),
        cmocka_unit_test(test_capabilities), cmocka_unit_test(test_capabilities_of_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
