/* SPDX-License-Identifier: Apache-2.0 */
/* What branch.json says. */
#include "scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk/branch_text.h"
#include "os/cleanup.h"

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void what_is_written_is_read(void **state)
{
    static const struct {
        const char *image;
        bool user, keeps_owners, redirect, metacopy, temporary;
    } cases[] = {
        {NULL, false, false, false, false, false},
        {"debian:12", true, true, false, false, false},
        {"ima\xc3\xa4ge", false, false, true, false, true},
        {"a", false, true, true, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct branch_info in = {.image = cases[i].image ? strdup(cases[i].image) : NULL,
                                 .manifest = digest_of_text("m"),
                                 .chain_id = digest_of_text("c"),
                                 .created = INT64_C(1) << 33,
                                 .user_xattrs = cases[i].user,
                                 .keeps_owners = cases[i].keeps_owners,
                                 .redirect_dir = cases[i].redirect,
                                 .metacopy = cases[i].metacopy,
                                 .temporary = cases[i].temporary},
                           out;
        cleanup_free char *text = NULL;
        size_t len;

        assert_int_equal(branch_text_format(&in, &text, &len), 0);
        assert_int_equal(branch_text_parse(text, len, &out), 0);
        assert_int_equal(!in.image, !out.image);
        if (in.image)
            assert_string_equal(in.image, out.image);
        assert_true(digest_equal(&in.manifest, &out.manifest) && digest_equal(&in.chain_id, &out.chain_id));
        assert_true(in.created == out.created && in.user_xattrs == out.user_xattrs &&
                    in.keeps_owners == out.keeps_owners && in.redirect_dir == out.redirect_dir &&
                    in.metacopy == out.metacopy && in.temporary == out.temporary);
        branch_info_clear(&in);
        branch_info_clear(&out);
    }
}

static void what_cannot_be_written_is_refused(void **state)
{
    char image[] = "\xff";
    struct branch_info no_digest = {.manifest = digest_of_text("m")},
                       no_text = {
                           .image = image, .manifest = digest_of_text("m"), .chain_id = digest_of_text("c")};
    char *text;
    size_t len;

    (void)state;
    assert_int_equal(branch_text_format(&no_digest, &text, &len), -EINVAL);
    assert_int_equal(branch_text_format(&no_text, &text, &len), -EINVAL);
}

#define REST                                                                                                 \
    "\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST                                                        \
    "\",\"created\":1,\"xattrs\":\"user\",\"redirect_dir\":true,\"metacopy\":true,\"temporary\":false"

static void what_others_wrote(void **state)
{
    static const struct {
        const char *text;
        int r;
    } cases[] = {
        {"{\"version\":1," REST "}", 0},
        {"{\"version\":1,\"image\":\"a\",\"later\":[1]," REST "}", 0},
        {"{\"version\":1,\"owners\":\"xattr\"," REST "}", 0},
        {"{\"version\":1,\"owners\":\"files\"," REST "}", 0},
        {"{\"version\":1,\"owners\":\"\"," REST "}", -EUCLEAN},
        {"{\"version\":1,\"owners\":true," REST "}", -EUCLEAN},
        {"{\"version\":2," REST "}", -EPROTONOSUPPORT},
        {"{\"version\":2}", -EPROTONOSUPPORT},
        {"{\"version\":\"1\"," REST "}", -EUCLEAN},
        {"{" REST "}", -EUCLEAN},
        {"{\"version\":1,\"image\":1," REST "}", -EUCLEAN},
        {"{\"version\":1," REST ",\"created\":2}", -EUCLEAN},
        {"{\"version\":1}", -EUCLEAN},
        {"{\"version\":1," REST, -EUCLEAN},
        {"[]", -EUCLEAN},
        {"", -EUCLEAN},
        {"{\"version\":1,\"manifest\":\"sha256:00\",\"chain\":\"" DIGEST
         "\",\"created\":1,\"xattrs\":\"user\",\"redirect_dir\":true,\"metacopy\":true,\"temporary\":false}",
         -EUCLEAN},
        {"{\"version\":1,\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
         "\",\"created\":-1,\"xattrs\":\"user\",\"redirect_dir\":true,\"metacopy\":true,\"temporary\":false}",
         -EUCLEAN},
        {"{\"version\":1,\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
         "\",\"created\":1,\"xattrs\":\"both\",\"redirect_dir\":true,\"metacopy\":true,\"temporary\":false}",
         -EUCLEAN},
        /* a file without its data could not be renamed */
        {"{\"version\":1,\"manifest\":\"" DIGEST "\",\"chain\":\"" DIGEST
         "\",\"created\":1,\"xattrs\":\"user\",\"redirect_dir\":false,\"metacopy\":true,\"temporary\":false}",
         -EUCLEAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct branch_info info = {.image = NULL};

        if (branch_text_parse(cases[i].text, strlen(cases[i].text), &info) != cases[i].r)
            fail_msg("%s", cases[i].text);
        branch_info_clear(&info);
    }
}

static void a_long_one_is_not_looked_at(void **state)
{
    cleanup_free char *text = malloc(BRANCH_MAX_BYTES + 1);
    const char *ok = "{\"version\":1," REST "}";
    struct branch_info info;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', BRANCH_MAX_BYTES + 1);
    memcpy(text, ok, strlen(ok));
    assert_int_equal(branch_text_parse(text, BRANCH_MAX_BYTES, &info), 0);
    branch_info_clear(&info);
    assert_int_equal(branch_text_parse(text, BRANCH_MAX_BYTES + 1, &info), -EUCLEAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(what_others_wrote),
        cmocka_unit_test(a_long_one_is_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
