/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/manifest.h"
#include "os/buf.h"

#define ID     "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID "]}"

static int parse(const char *json, struct image_config *c, struct err *err)
{
    return image_config_parse(json, strlen(json), c, err);
}

static void reads_all_fields(void **state)
{
    struct image_config c;

    (void)state;
    assert_int_equal(
        parse("{\"created\":\"2026-01-01T00:00:00Z\",\"author\":\"me\",\"architecture\":\"arm\",\"os\":"
              "\"linux\","
              "\"variant\":\"v7\",\"config\":{\"Env\":[\"A=1\",\"B=\"],\"Entrypoint\":[\"/"
              "e\"],\"Cmd\":[\"c\",\"d\"],"
              "\"WorkingDir\":\"/"
              "w\",\"User\":\"1000:1000\",\"StopSignal\":\"SIGINT\",\"Labels\":{\"X\":\"1\",\"x\":\"2\"}},"
              "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID "," ID "]},\"history\":[{\"created\":\"t\","
              "\"created_by\":\"by\",\"author\":\"a\",\"comment\":\"c\"},{\"empty_layer\":true}],\"docker_"
              "version\":\"1\"}",
              &c, NULL),
        0);
    assert_string_equal(c.created, "2026-01-01T00:00:00Z");
    assert_string_equal(c.author, "me");
    assert_string_equal(c.platform.os, "linux");
    assert_string_equal(c.platform.arch, "arm");
    assert_string_equal(c.platform.variant, "v7");
    assert_int_equal(c.n_diff_ids, 2);
    assert_true(digest_equal(&c.diff_ids[0], &c.diff_ids[1]));
    assert_int_equal(c.n_history, 2);
    assert_string_equal(c.history[0].created, "t");
    assert_string_equal(c.history[0].created_by, "by");
    assert_string_equal(c.history[0].author, "a");
    assert_string_equal(c.history[0].comment, "c");
    assert_false(c.history[0].empty_layer);
    assert_true(c.history[1].empty_layer);
    assert_null(c.history[1].created_by);
    assert_string_equal(c.env[1], "B=");
    assert_null(c.env[2]);
    assert_string_equal(c.entrypoint[0], "/e");
    assert_null(c.entrypoint[1]);
    assert_string_equal(c.cmd[1], "d");
    assert_string_equal(c.working_dir, "/w");
    assert_string_equal(c.user, "1000:1000");
    assert_string_equal(c.stop_signal, "SIGINT");
    image_config_free(&c);
    assert_null(c.diff_ids);
    image_config_free(NULL);
}

static void little_is_required(void **state)
{
    static const struct {
        const char *json;
        size_t n_diff_ids;
    } cases[] = {
        {"{" ROOTFS "}", 1},
        {"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}", 0},
        {"{\"rootfs\":{\"type\":\"layers\"}}", 0},
        {"{" ROOTFS ",\"config\":null,\"history\":null,\"created\":null,\"author\":null,\"os\":null,"
         "\"architecture\":null,\"layers\":null,\"manifests\":null}",
         1},
        {"{" ROOTFS
         ",\"config\":{\"Env\":null,\"Entrypoint\":null,\"Cmd\":null,\"WorkingDir\":\"\",\"User\":\"\","
         "\"StopSignal\":\"\"}}",
         1},
        {"{" ROOTFS ",\"config\":{}}", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image_config c;
        struct err err = {""};

        if (parse(cases[i].json, &c, &err) != 0)
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(c.n_diff_ids, cases[i].n_diff_ids);
        assert_int_equal(c.n_history, 0);
        assert_string_equal(c.platform.os, "");
        assert_null(c.created);
        assert_null(c.env);
        assert_null(c.entrypoint);
        assert_null(c.cmd);
        assert_null(c.working_dir);
        assert_null(c.user);
        assert_null(c.stop_signal);
        image_config_free(&c);
    }
}

static void commands_may_be_bare_strings(void **state)
{
    struct image_config c;

    (void)state;
    assert_int_equal(parse("{" ROOTFS ",\"config\":{\"Entrypoint\":\"/bin/e x\",\"Cmd\":[]}}", &c, NULL), 0);
    assert_string_equal(c.entrypoint[0], "/bin/e x");
    assert_null(c.entrypoint[1]);
    assert_non_null(c.cmd);
    assert_null(c.cmd[0]);
    image_config_free(&c);
}

static void refuses(void **state)
{
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"{}", "none of index"},
        {"[]", "an array"},
        {"{\"rootfs\":null}", "none of index"},
        {"{\"rootfs\":[]}", "\"rootfs\" is not an object"},
        {"{\"rootfs\":{}}", "rootfs.type is \"\""},
        {"{\"rootfs\":{\"type\":null,\"diff_ids\":[]}}", "rootfs.type is \"\""},
        {"{\"rootfs\":{\"type\":\"layers+base\",\"diff_ids\":[]}}", "rootfs.type is \"layers+base\""},
        {"{\"rootfs\":{\"type\":1}}", "\"type\" is not a string"},
        {"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":{}}}", "diff_ids"},
        {"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID ",null]}}", "diff_ids[1]"},
        {"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:../x\"]}}", "diff_ids[0]"},
        {"{\"rootfs\":{\"type\":\"layers\",\"Diff_IDs\":[]}}", "could be read as"},
        {"{" ROOTFS ",\"layers\":[]}", "ambiguous"},
        {"{" ROOTFS ",\"manifests\":[]}", "ambiguous"},
        {"{" ROOTFS ",\"RootFS\":{}}", "could be read as"},
        {"{" ROOTFS ",\"mediaType\":\"" MT_OCI_MANIFEST "\"}", "mediaType"},
        {"{\"config\":{},\"layers\":[]}", "but an image manifest"},
        {"{" ROOTFS ",\"history\":{}}", "history"},
        {"{" ROOTFS ",\"history\":[{},null]}", "history[1]"},
        {"{" ROOTFS ",\"history\":[{\"empty_layer\":\"yes\"}]}", "history[0]"},
        {"{" ROOTFS ",\"history\":[{\"created_by\":[]}]}", "history[0]"},
        {"{" ROOTFS ",\"history\":[{\"Empty_Layer\":true}]}", "could be read as"},
        {"{" ROOTFS ",\"os\":1}", "\"os\""},
        {"{" ROOTFS ",\"architecture\":\"0123456789abcdef0123456789abcdef\"}", "longer than 31"},
        {"{" ROOTFS ",\"created\":1}", "created"},
        {"{" ROOTFS ",\"config\":[]}", "config"},
        {"{" ROOTFS ",\"config\":{\"Env\":\"A=1\"}}", "config: \"Env\""},
        {"{" ROOTFS ",\"config\":{\"Cmd\":[1]}}", "config: \"Cmd\""},
        {"{" ROOTFS ",\"config\":{\"User\":0}}", "config: \"User\""},
        {"{" ROOTFS ",\"config\":{\"User\":\"1\",\"user\":\"0\"}}", "could be read as"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image_config c;
        struct err err = {""};

        assert_int_equal(parse(cases[i].json, &c, &err), -EINVAL);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

static void bounds_the_layers(void **state)
{
    struct buf b = BUF_INIT;
    struct image_config c;

    (void)state;
    assert_int_equal(buf_printf(&b, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["), 0);
    for (size_t i = 0; i <= MANIFEST_MAX_LAYERS; i++)
        assert_int_equal(buf_printf(&b, "%s%s", i ? "," : "", ID), 0);
    assert_int_equal(buf_printf(&b, "]}}"), 0);
    assert_int_equal(image_config_parse(b.data, b.len, &c, NULL), -E2BIG);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(little_is_required),
        cmocka_unit_test(commands_may_be_bare_strings),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_the_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
