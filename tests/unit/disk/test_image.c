/* SPDX-License-Identifier: Apache-2.0 */
/* Listing, finding and loading images. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cleanup.h"

static void put(struct store *s, const char *seed, const char *name)
{
    struct err err = {""};

    if (sample_commit(s, seed, name, &err) < 0)
        fail_msg("%s", err.text);
}

/* Finds `what` and checks that it is the image of `seed`, under `name`. */
static void expect(struct store *s, const char *what, const char *seed, const char *name)
{
    struct sample i = sample_make(seed);
    struct err err = {""};
    struct image image;

    if (store_find_image(s, what, &image, &err) < 0)
        fail_msg("%s: %s", what, err.text);
    assert_true(digest_equal(&image.manifest_digest, &i.manifest));
    assert_true(digest_equal(&image.config_digest, &i.config));
    assert_true(digest_equal(&image.chain_id, &i.layer));
    assert_string_equal(image.manifest_json, i.manifest_json);
    assert_string_equal(image.config_json, i.config_json);
    assert_int_equal(image.manifest_size, strlen(i.manifest_json));
    assert_int_equal(image.config.n_diff_ids, 1);
    assert_int_equal(image.manifest.n_layers, 1);
    if (name)
        assert_string_equal(image.name, name);
    else
        assert_null(image.name);
    image_free(&image);
}

static int find_error(struct store *s, const char *what, struct err *err)
{
    struct image image;
    int r = store_find_image(s, what, &image, err);

    assert_true(r < 0);
    return r;
}

static void the_catalog_is_sorted(void **state)
{
    static const char *const names[] = {"a:1", "a:2", "b", NULL};
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct catalog c;

    (void)state;
    put(s, "one", "b");
    put(s, "two", NULL);
    put(s, "one", "a:2");
    put(s, "three", "a:1");
    assert_int_equal(store_catalog(s, &c, NULL), 0);
    assert_int_equal(c.n, 4);
    for (size_t i = 0; i < 4; i++) {
        if (names[i])
            assert_string_equal(c.entries[i].name, names[i]);
        else
            assert_null(c.entries[i].name);
        assert_string_equal(c.entries[i].manifest.media_type, MT_OCI_MANIFEST);
    }
    catalog_free(&c);
    store_close(s);
    scratch_remove(&d);
}

static void images_are_found_by_name_and_digest(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample one = sample_make("one"), two = sample_make("two");
    char text[DIGEST_STRING_MAX];

    (void)state;
    put(s, "one", "app:latest");
    put(s, "two", "app:2");
    put(s, "three", NULL);
    put(s, "two", "localhost/app:2");
    expect(s, "app", "one", "app:latest");
    expect(s, "app:latest", "one", "app:latest");
    expect(s, "app:2", "two", "app:2");
    put(s, "three", "docker.io/library/py:latest");
    expect(s, "py", "three", "docker.io/library/py:latest");
    expect(s, "library/py", "three", "docker.io/library/py:latest");
    put(s, "one", "localhost/py");
    expect(s, "py", "one", "localhost/py"); /* what was made here comes first */
    expect(s, "localhost/app:2", "two", "localhost/app:2");
    expect(s, digest_string(&one.manifest, text), "one", "app:latest");
    expect(s, digest_string(&one.config, text), "one", "app:latest");
    expect(s, digest_hex(&two.manifest, text), "two", "app:2");
    text[12] = 0;
    expect(s, text, "two", "app:2");
    digest_hex(&two.config, text);
    text[4] = 0;
    expect(s, text, "two", "app:2");
    digest_string(&two.config, text);
    text[strlen("sha256:") + 10] = 0;
    expect(s, text, "two", "app:2");

    /* A name comes before a digest that begins like it. */
    digest_hex(&one.manifest, text);
    text[8] = 0;
    put(s, "three", text);
    expect(s, text, "three", text);

    /* But not before one that is shown so, or said to be one. */
    digest_hex(&one.manifest, text);
    text[12] = 0;
    put(s, "three", text);
    expect(s, text, "one", "app:latest");
    digest_string(&one.manifest, text);
    text[strlen("sha256:") + 8] = 0;
    put(s, "three", text);
    expect(s, text, "one", "app:latest");
    store_close(s);
    scratch_remove(&d);
}

/* Who makes an image can give it a name with any digest. */
static void a_digest_in_a_name_is_that_of_the_image(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample one = sample_make("one");
    char name[DIGEST_STRING_MAX + 4] = "app@";
    struct err err;

    (void)state;
    digest_string(&one.manifest, name + 4);
    put(s, "one", name);
    expect(s, name, "one", name);
    put(s, "two", name);
    assert_int_equal(find_error(s, name, &err), -EUCLEAN);
    assert_non_null(strstr(err.text, "has another digest"));
    store_close(s);
    scratch_remove(&d);
}

static void errors_say_what_there_is(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct err err;
    char name[16];

    (void)state;
    assert_int_equal(find_error(s, "app", &err), -ENOENT);
    assert_non_null(strstr(err.text, "no image \"app\""));
    assert_non_null(strstr(err.text, "is empty"));
    assert_non_null(strstr(err.text, "mica import SOURCE"));

    put(s, "a", "zebra:1");
    put(s, "b", "ant");
    assert_int_equal(find_error(s, "app", &err), -ENOENT);
    assert_non_null(strstr(err.text, "no image \"app\" in "));
    assert_non_null(strstr(err.text, "available: ant, zebra:1"));
    for (unsigned i = 0; i < 12; i++) {
        snprintf(name, sizeof(name), "n%02u", i);
        put(s, "a", name);
    }
    assert_int_equal(find_error(s, "app", &err), -ENOENT);
    assert_non_null(strstr(err.text, "ant, n00, n01, n02, n03, n04, n05, n06, n07, n08 and 4 more"));
    /* Too short, upper case, no digits. */
    assert_int_equal(find_error(s, "abc", &err), -ENOENT);
    assert_int_equal(find_error(s, "ABCD", &err), -ENOENT);
    assert_int_equal(find_error(s, "sha256:", &err), -ENOENT);
    assert_int_equal(find_error(s, "sha256:xyzw", &err), -ENOENT);
    assert_int_equal(find_error(s, "", &err), -ENOENT);
    store_close(s);
    scratch_remove(&d);
}

/* Two manifests of one config: what `docker save` and a registry give of one image. */
static void what_two_images_match_is_refused_with_both(void **state)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct sample one = sample_make("one"), other = one;
    char text[DIGEST_STRING_MAX], hex[DIGEST_HEX_MAX];
    struct tx_name name;
    struct err err = {""};
    struct tx *t;

    (void)state;
    put(s, "one", "gzip");
    strcat(other.manifest_json, " ");
    other.manifest = digest_of_text(other.manifest_json);
    name = sample_name(&other, "zstd");
    assert_int_equal(tx_begin(s, &t, NULL), 0);
    assert_int_equal(tx_put_blob(t, other.manifest_json, strlen(other.manifest_json), &other.manifest, NULL),
                     0);
    assert_int_equal(tx_commit(t, &name, 1, &err), 0);

    assert_int_equal(find_error(s, digest_hex(&one.config, hex), &err), -EEXIST);
    assert_non_null(strstr(err.text, digest_string(&one.manifest, text)));
    assert_non_null(strstr(err.text, digest_string(&other.manifest, text)));
    assert_non_null(strstr(err.text, "(gzip)"));
    assert_non_null(strstr(err.text, "(zstd)"));
    store_close(s);
    scratch_remove(&d);
}

/* Lists `manifest_json`, with `config_json` stored, under the name "bad" and looks what loading it says. */
static int load_error(const char *media_type, const char *manifest_json, const char *config_json,
                      uint64_t size_off, struct err *err)
{
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct digest manifest = digest_of_text(manifest_json);
    cleanup_free char *type = strdup(media_type);
    struct tx_name name = {
        .name = "bad",
        .manifest = {.media_type = type, .digest = manifest, .size = strlen(manifest_json) + size_off}};
    struct tx *t;
    int r;

    assert_int_equal(tx_begin(s, &t, NULL), 0);
    assert_int_equal(tx_put_blob(t, manifest_json, strlen(manifest_json), &manifest, NULL), 0);
    if (config_json) {
        struct digest config = digest_of_text(config_json);

        assert_int_equal(tx_put_blob(t, config_json, strlen(config_json), &config, NULL), 0);
    }
    assert_int_equal(tx_commit(t, &name, 1, NULL), 0);
    r = find_error(s, "bad", err);
    store_close(s);
    scratch_remove(&d);
    return r;
}

static void what_does_not_fit_together_is_refused(void **state)
{
    struct sample i = sample_make("x"), y = sample_make("y");
    char two_layers[512], layer[DIGEST_STRING_MAX], other_manifest[1024], config[DIGEST_STRING_MAX];
    struct err err;

    (void)state;
    assert_int_equal(load_error(MT_OCI_MANIFEST, i.manifest_json, NULL, 0, &err), -ENOENT);
    assert_non_null(strstr(err.text, "image bad: blob "));
    assert_int_equal(load_error(MT_OCI_MANIFEST, i.manifest_json, i.config_json, 1, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "but its descriptor"));
    assert_true(load_error(MT_OCI_INDEX, i.manifest_json, i.config_json, 0, &err) < 0);
    assert_non_null(strstr(err.text, "index"));
    assert_true(load_error(MT_OCI_MANIFEST, "{}", NULL, 0, &err) < 0);

    digest_string(&y.layer, layer);
    snprintf(two_layers, sizeof(two_layers),
             "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%"
             "s\",\"%s\"]}}",
             layer, layer);
    y.config = digest_of_text(two_layers);
    snprintf(other_manifest, sizeof(other_manifest),
             "{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_MANIFEST
             "\",\"config\":{\"mediaType\":\"" MT_OCI_CONFIG
             "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[{\"mediaType\":\"" MT_OCI_LAYER
             "\",\"digest\":\"%s\",\"size\":1}]}",
             digest_string(&y.config, config), strlen(two_layers), layer);
    assert_int_equal(load_error(MT_OCI_MANIFEST, other_manifest, two_layers, 0, &err), -EINVAL);
    assert_non_null(strstr(err.text, "the manifest has 1 layers, but the config has 2"));
}

static void a_damaged_catalog_is_a_line(void **state)
{
    static const char *const texts[] = {"", "{", "{\"schemaVersion\":2,\"manifests\":[{}]}", "[]"};
    struct scratch d = scratch_make();
    struct store *s = scratch_store(&d);
    struct catalog c;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        err.text[0] = 0;
        write_text(scratch_path(&d, "store/index.json"), texts[i]);
        assert_true(store_catalog(s, &c, &err) < 0);
        assert_non_null(strstr(err.text, "index.json"));
    }
    assert_int_equal(unlink(scratch_path(&d, "store/index.json")), 0);
    assert_int_equal(store_catalog(s, &c, &err), -ENOENT);
    store_close(s);
    scratch_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalog_is_sorted),
        cmocka_unit_test(images_are_found_by_name_and_digest),
        cmocka_unit_test(a_digest_in_a_name_is_that_of_the_image),
        cmocka_unit_test(errors_say_what_there_is),
        cmocka_unit_test(what_two_images_match_is_refused_with_both),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(a_damaged_catalog_is_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
