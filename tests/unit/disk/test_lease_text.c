/* SPDX-License-Identifier: Apache-2.0 */
/* What a lease's file says. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/lease_text.h"
#include "os/cleanup.h"

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct lease_info make_info(const char *mountpoint, const char *image, const char *branch,
                                   const char *view)
{
    return (struct lease_info){.mountpoint = strdup(mountpoint),
                               .image = image ? strdup(image) : NULL,
                               .branch = branch ? strdup(branch) : NULL,
                               .view = view ? strdup(view) : NULL,
                               .manifest = digest_of_text("m"),
                               .chain_id = digest_of_text("c"),
                               .pid = 4711,
                               .started = INT64_C(1) << 33};
}

static void expect_same(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a)
        assert_string_equal(a, b);
}

static void what_is_written_is_read(void **state)
{
    static const struct {
        const char *mountpoint, *image, *branch, *view;
    } cases[] = {
        {"/", NULL, NULL, NULL},
        {"/mnt/x", "debian:12", "work", NULL},
        {"/with blank/100%/\"quotes\"\\", "ima\xc3\xa4ge", NULL, "upto=2"},
        {"/not utf-8/\xff\xfe\x80/\x01\n\x7f", NULL, "b", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct lease_info in = make_info(cases[i].mountpoint, cases[i].image, cases[i].branch, cases[i].view),
                          out;
        cleanup_free char *text = NULL;
        size_t len;

        assert_int_equal(lease_format(&in, &text, &len), 0);
        assert_int_equal(strlen(text), len);
        assert_int_equal(lease_parse(text, len, &out), 0);
        expect_same(out.mountpoint, in.mountpoint);
        expect_same(out.image, in.image);
        expect_same(out.branch, in.branch);
        expect_same(out.view, in.view);
        assert_true(digest_equal(&out.manifest, &in.manifest));
        assert_true(digest_equal(&out.chain_id, &in.chain_id));
        assert_int_equal(out.pid, in.pid);
        assert_int_equal(out.started, in.started);
        lease_info_clear(&in);
        lease_info_clear(&out);
    }
}

static void what_cannot_be_written_is_refused(void **state)
{
    struct lease_info cases[] = {make_info("relative", NULL, NULL, NULL), make_info("", NULL, NULL, NULL),
                                 make_info("/x", "not utf-8 \xff", NULL, NULL),
                                 make_info("/x", NULL, NULL, NULL), make_info("/x", NULL, NULL, NULL)};
    char *text;
    size_t len;

    (void)state;
    cases[3].manifest.alg = DIGEST_NONE;
    cases[4].chain_id.alg = DIGEST_NONE;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(lease_format(&cases[i], &text, &len), -EINVAL);
        lease_info_clear(&cases[i]);
    }
}

static void what_is_no_lease_is_refused(void **state)
{
    static const char *const good = "{\"mountpoint\":\"/x\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
                                    "\",\"pid\":1,\"started\":0}";
    static const char *const bad[] = {
        "",
        "[]",
        "{\"mountpoint\":\"x\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/%0\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/%\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/%00\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/%g0\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/x\",\"manifest\":\"sha256:12\",\"chain\":\"" DIGEST "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/x\",\"manifest\":\"" DIGEST "\",\"pid\":1,\"started\":0}",
        "{\"mountpoint\":\"/x\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":0,\"started\":0}",
        "{\"mountpoint\":\"/x\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":\"1\",\"started\":0}",
        "{\"mountpoint\":\"/x\",\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
        "\",\"pid\":1,\"started\":0,\"image\":1}",
    };
    struct lease_info info;

    (void)state;
    assert_int_equal(lease_parse(good, strlen(good), &info), 0);
    lease_info_clear(&info);
    for (size_t len = 0; len < strlen(good); len++)
        assert_int_equal(lease_parse(good, len, &info), -EUCLEAN);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(lease_parse(bad[i], strlen(bad[i]), &info), -EUCLEAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(what_is_no_lease_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
