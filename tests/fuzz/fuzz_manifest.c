/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever describes an image. The first byte of an input chooses the parser: "i" index, "m" manifest, "c"
 * config, "d" docker's manifest.json; the rest is the text. */
#include <stdlib.h>
#include <string.h>

#include "image/manifest.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* A failure leaves a line for a person. */
static bool parsed(int r, const struct err *err)
{
    CHECK(r == 0 || (r < 0 && err->text[0]));
    return r == 0;
}

static void check_descriptor(const struct descriptor *d)
{
    struct descriptor copy;

    CHECK(d->media_type && digest_len(d->digest.alg) > 0 && d->size <= INT64_MAX);
    if (descriptor_copy(d, &copy) < 0)
        return;
    CHECK(digest_equal(&d->digest, &copy.digest) && strcmp(d->media_type, copy.media_type) == 0);
    descriptor_clear(&copy);
}

static void fuzz_index(const char *json, size_t len)
{
    struct index_json x;
    struct err err = {""};

    if (!parsed(index_json_parse(json, len, &x, &err), &err))
        return;
    for (size_t i = 0; i < x.n; i++)
        check_descriptor(&x.manifests[i]);
    index_json_free(&x);
}

/* What was read can be written, and is then read as the same. */
static void rewrite(const struct manifest *m)
{
    struct manifest again;
    struct err err = {""};
    char *text;
    size_t len;

    if (manifest_write(&m->config, m->layers, m->n_layers, &text, &len) < 0)
        return;
    CHECK(len > MANIFEST_MAX_BYTES || manifest_parse(text, len, &again, &err) == 0);
    if (len <= MANIFEST_MAX_BYTES) {
        CHECK(again.n_layers == m->n_layers && !again.docker);
        for (size_t i = 0; i < m->n_layers; i++)
            CHECK(digest_equal(&again.layers[i].digest, &m->layers[i].digest));
        manifest_free(&again);
    }
    free(text);
}

static void fuzz_manifest(const char *json, size_t len)
{
    struct manifest m;
    struct err err = {""};

    if (!parsed(manifest_parse(json, len, &m, &err), &err))
        return;
    check_descriptor(&m.config);
    for (size_t i = 0; i < m.n_layers; i++)
        check_descriptor(&m.layers[i]);
    rewrite(&m);
    manifest_free(&m);
}

static void fuzz_config(const char *json, size_t len)
{
    struct image_config c;
    struct err err = {""};

    if (!parsed(image_config_parse(json, len, &c, &err), &err))
        return;
    for (size_t i = 0; i < c.n_diff_ids; i++) {
        char *command = history_command(image_config_layer_history(&c, i));

        for (const char *p = command; p && *p; p++)
            CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
        free(command);
    }
    image_config_free(&c);
}

static void fuzz_docker(const char *json, size_t len)
{
    struct docker_manifest m;
    struct err err = {""};

    if (!parsed(docker_manifest_parse(json, len, &m, &err), &err))
        return;
    for (size_t i = 0; i < m.n; i++)
        CHECK(m.images[i].config && m.images[i].n_layers <= MANIFEST_MAX_LAYERS);
    docker_manifest_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *json = (const char *)data + 1;

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'i':
        fuzz_index(json, size - 1);
        break;
    case 'm':
        fuzz_manifest(json, size - 1);
        break;
    case 'c':
        fuzz_config(json, size - 1);
        break;
    case 'd':
        fuzz_docker(json, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
