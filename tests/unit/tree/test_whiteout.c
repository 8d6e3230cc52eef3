/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/whiteout.h"

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum whiteout_name is;
        const char *removed;
    } cases[] = {
        {"a", WHITEOUT_NAME_PLAIN, NULL},
        {".wh", WHITEOUT_NAME_PLAIN, NULL},
        {".whx", WHITEOUT_NAME_PLAIN, NULL},
        {"x.wh.a", WHITEOUT_NAME_PLAIN, NULL},
        {".WH.a", WHITEOUT_NAME_PLAIN, NULL},
        {".wh.a", WHITEOUT_NAME_REMOVES, "a"},
        {".wh..a", WHITEOUT_NAME_REMOVES, ".a"},
        {".wh....", WHITEOUT_NAME_REMOVES, "..."},
        {".wh..opq", WHITEOUT_NAME_REMOVES,
         ".opq"}, /* fuse-overlayfs leaves such devices in opaque directories */
        {".wh..wh", WHITEOUT_NAME_REMOVES, ".wh"},
        {".wh.", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh...", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh..opq", WHITEOUT_NAME_OPAQUE, NULL},
        {".wh..wh..opqx", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh..op", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh.", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh.plnk", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh.orph", WHITEOUT_NAME_LEFTOVER, NULL},
        {".wh..wh.aufs", WHITEOUT_NAME_LEFTOVER, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *removed = NULL;
        /* Copied without its NUL, so that a sanitizer sees a read behind the end. */
        char name[32];
        size_t len = strlen(cases[i].name);
        memset(name, 'Z', sizeof(name));
        memcpy(name, cases[i].name, len);
        assert_int_equal(whiteout_name(name, len, &removed), cases[i].is);
        if (cases[i].removed)
            assert_memory_equal(removed, cases[i].removed, strlen(cases[i].removed));
        else
            assert_null(removed);
        assert_int_equal(whiteout_name(name, len, NULL), cases[i].is);
    }
    assert_int_equal(whiteout_name("", 0, NULL), WHITEOUT_NAME_PLAIN);
    assert_int_equal(whiteout_name(".wh.a", 4, NULL), WHITEOUT_NAME_LEFTOVER);
}

static void devices(void **state)
{
    (void)state;
    assert_true(whiteout_is_device(S_IFCHR, 0, 0));
    assert_true(whiteout_is_device(S_IFCHR | 0644, 0, 0));
    assert_false(whiteout_is_device(S_IFCHR, 0, 1));
    assert_false(whiteout_is_device(S_IFCHR, 1, 0));
    assert_false(whiteout_is_device(S_IFBLK, 0, 0)); /* S_IFBLK has S_IFCHR's bit */
    assert_false(whiteout_is_device(S_IFREG, 0, 0));
    assert_false(whiteout_is_device(S_IFDIR, 0, 0));
}

static void attributes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum overlay_mark mark;
        enum overlay_family family;
    } cases[] = {
        {"user.comment", OVERLAY_MARK_NONE, 0},
        {"trusted.overlay", OVERLAY_MARK_NONE, 0},
        {"security.capability", OVERLAY_MARK_NONE, 0},
        {"user.overlays.opaque", OVERLAY_MARK_NONE, 0},
        {"trusted.overlay.opaque", OVERLAY_MARK_OPAQUE, OVERLAY_TRUSTED},
        {"user.overlay.opaque", OVERLAY_MARK_OPAQUE, OVERLAY_USER},
        {"user.fuseoverlayfs.opaque", OVERLAY_MARK_OPAQUE, OVERLAY_FUSEOVERLAYFS},
        {"trusted.overlay.whiteout", OVERLAY_MARK_WHITEOUT, OVERLAY_TRUSTED},
        {"user.overlay.whiteout", OVERLAY_MARK_WHITEOUT, OVERLAY_USER},
        {"trusted.overlay.redirect", OVERLAY_MARK_REDIRECT, OVERLAY_TRUSTED},
        {"user.overlay.metacopy", OVERLAY_MARK_METACOPY, OVERLAY_USER},
        {"trusted.overlay.origin", OVERLAY_MARK_OTHER, OVERLAY_TRUSTED},
        {"trusted.overlay.", OVERLAY_MARK_OTHER, OVERLAY_TRUSTED},
        {"trusted.overlay.opaque2", OVERLAY_MARK_OTHER, OVERLAY_TRUSTED},
        {"trusted.overlay.overlay.opaque", OVERLAY_MARK_OTHER, OVERLAY_TRUSTED}, /* the kernel's escape */
        {"user.fuseoverlayfs.origin", OVERLAY_MARK_OTHER, OVERLAY_FUSEOVERLAYFS},
        {"user.fuseoverlayfs.redirect", OVERLAY_MARK_OTHER, OVERLAY_FUSEOVERLAYFS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum overlay_family family = 77;
        assert_int_equal(overlay_mark(cases[i].name, &family), cases[i].mark);
        assert_int_equal(family, cases[i].mark == OVERLAY_MARK_NONE ? 77 : cases[i].family);
        assert_int_equal(overlay_mark(cases[i].name, NULL), cases[i].mark);
    }
}

static void opaque_values(void **state)
{
    (void)state;
    assert_int_equal(overlay_opaque_value("y", 1), OVERLAY_OPAQUE);
    assert_int_equal(overlay_opaque_value("x", 1), OVERLAY_XATTR_WHITEOUTS);
    assert_int_equal(overlay_opaque_value("n", 1), OVERLAY_NOT_OPAQUE);
    assert_int_equal(overlay_opaque_value("", 0), OVERLAY_NOT_OPAQUE);
    assert_int_equal(overlay_opaque_value("yy", 2), OVERLAY_NOT_OPAQUE);
}

static void redirects(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool valid;
    } cases[] = {
        {"name", true},  {"/a", true},     {"/a/b c/d", true}, {"...", true},    {"/a/.hidden", true},
        {"", false},     {"/", false},     {"//a", false},     {"/a//b", false}, {"/a/", false},
        {"a/b", false},  {".", false},     {"..", false},      {"/..", false},   {"/a/../b", false},
        {"/./a", false}, {"/a/..", false}, {"../a", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(overlay_redirect_valid(cases[i].value, strlen(cases[i].value)), cases[i].valid);
    assert_false(overlay_redirect_valid("a\0b", 3));
    assert_false(overlay_redirect_valid("/a\0", 3));

    char text[5000];
    memset(text, 'n', sizeof(text));
    assert_true(overlay_redirect_valid(text, 255));
    assert_false(overlay_redirect_valid(text, 256));
    text[0] = '/';
    assert_true(overlay_redirect_valid(text, 256));
    assert_false(overlay_redirect_valid(text, 257));
    for (size_t i = 0; i < sizeof(text); i += 2)
        text[i] = '/';
    assert_true(overlay_redirect_valid(text, 4094));
    assert_false(overlay_redirect_valid(text, 4096));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),         cmocka_unit_test(devices),   cmocka_unit_test(attributes),
        cmocka_unit_test(opaque_values), cmocka_unit_test(redirects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
