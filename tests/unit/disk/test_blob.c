/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs, whatever lies under their names. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"

static const char *blob_path(const struct scratch *d, const struct digest *digest)
{
    char name[300], hex[DIGEST_HEX_MAX];

    snprintf(name, sizeof(name), "store/blobs/%s/%s", digest_alg_name(digest->alg), digest_hex(digest, hex));
    return scratch_path(d, name);
}

static void blobs_are_read_and_checked(void **state)
{
    static const enum digest_alg algs[] = {DIGEST_SHA256, DIGEST_SHA512};
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct digest digest;
        struct err err;
        uint64_t size;
        size_t len;
        char *text;
        int fd;

        assert_int_equal(digest_of(algs[i], "{\"a\":1}", 7, &digest), 0);
        assert_false(store_has_blob(s, &digest));
        assert_int_equal(store_read_blob(s, &digest, &text, &len, &err), -ENOENT);
        assert_non_null(strstr(err.text, digest_alg_name(algs[i])));

        write_text(blob_path(&d, &digest), "{\"a\":1}");
        assert_true(store_has_blob(s, &digest));
        fd = store_open_blob(s, &digest, &size, &err);
        assert_true(fd >= 0);
        assert_int_equal(size, 7);
        close(fd);
        assert_int_equal(store_read_blob(s, &digest, &text, &len, &err), 0);
        assert_int_equal(len, 7);
        assert_string_equal(text, "{\"a\":1}");
        free(text);

        write_text(blob_path(&d, &digest), "{\"a\":2}");
        assert_int_equal(store_read_blob(s, &digest, &text, &len, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "damaged"));
        assert_int_equal(truncate(blob_path(&d, &digest), MANIFEST_MAX_BYTES + 1), 0);
        assert_int_equal(store_read_blob(s, &digest, &text, &len, &err), -EFBIG);
    }
    store_close(s);
    scratch_remove(&d);
}

static void only_regular_files_are_blobs(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct digest digest = digest_of_text("x"), none = {.alg = DIGEST_NONE};
    const char *path = blob_path(&d, &digest);

    (void)state;
    write_text(scratch_path(&d, "x"), "x");
    assert_int_equal(symlink(scratch_path(&d, "x"), path), 0);
    assert_false(store_has_blob(s, &digest));
    assert_int_equal(store_open_blob(s, &digest, NULL, NULL), -ELOOP);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(store_has_blob(s, &digest));
    assert_int_equal(store_open_blob(s, &digest, NULL, NULL), -EUCLEAN);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(store_has_blob(s, &digest));
    assert_int_equal(store_open_blob(s, &digest, NULL, NULL), -EUCLEAN);

    assert_false(store_has_blob(s, &none));
    assert_int_equal(store_open_blob(s, &none, NULL, NULL), -EINVAL);
    store_close(s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blobs_are_read_and_checked),
        cmocka_unit_test(only_regular_files_are_blobs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
