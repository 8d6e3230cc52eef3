/* SPDX-License-Identifier: Apache-2.0 */
#include "image/descriptor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define ANNOTATION_REFERENCE_TYPE "vnd.docker.reference.type"

int platform_read(const json_t *object, struct platform *ret, struct err *err)
{
    struct platform p = {0};
    const char *version;
    int r = json_text_short(object, "os", p.os, sizeof(p.os), err);

    if (r >= 0)
        r = json_text_short(object, "architecture", p.arch, sizeof(p.arch), err);
    if (r >= 0)
        r = json_text_short(object, "variant", p.variant, sizeof(p.variant), err);
    if (r < 0)
        return r;
    /* These two only choose among images: ignore values of other types. */
    version = json_string_value(json_object_get(object, "os.version"));
    snprintf(p.os_version, sizeof(p.os_version), "%.31s", version ? version : "");
    p.os_features = json_array_size(json_object_get(object, "os.features")) > 0;
    *ret = p;
    return 0;
}

int digest_read(const json_t *value, struct digest *ret, struct err *err)
{
    const char *text = json_string_value(value);

    if (!text)
        return err_set(err, EINVAL, "the digest is %s",
                       value && !json_is_null(value) ? "not a string" : "missing");
    if (digest_parse_str(text, ret) < 0)
        return err_set(err, EINVAL, "\"%.200s\" is not a sha256 or sha512 digest", text);
    return 0;
}

/* Is it padded base64 of RFC 4648 section 4 and nothing else? OpenSSL would skip blanks and reads "=" as
 * "A". */
static bool is_base64(const char *text, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strspn(text, alphabet);

    return len % 4 == 0 && len - n <= 2 && strspn(text + n, "=") == len - n;
}

/* A descriptor may embed the content (`data`): it must match size and digest. */
static int check_data(const json_t *object, const struct descriptor *d, struct err *err)
{
    cleanup_free uint8_t *bytes = NULL;
    struct digest digest;
    const char *text;
    size_t len, size;
    int r = json_text_peek(object, "data", &text, err);

    if (r < 0 || !text)
        return r;
    len = strlen(text);
    if (len > MANIFEST_MAX_BYTES || !is_base64(text, len))
        return err_set(err, EINVAL, "\"data\" is not base64");
    size = len / 4 * 3 - (len - strcspn(text, "="));
    bytes = malloc(len / 4 * 3 + 1);
    if (!bytes)
        return err_errno(err, ENOMEM, "\"data\"");
    if (EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) < 0)
        return err_set(err, EINVAL, "\"data\" is not base64");
    r = digest_of(d->digest.alg, bytes, size, &digest);
    if (r < 0)
        return err_errno(err, -r, "\"data\"");
    if (size != d->size || !digest_equal(&digest, &d->digest))
        return err_set(err, EINVAL, "\"data\" does not match the descriptor's size and digest");
    return 0;
}

static int read_platform(const json_t *object, struct descriptor *d, struct err *err)
{
    static const char *const known[] = {"architecture", "os", "variant", "os.version", "os.features", NULL};
    json_t *platform;
    int r = json_text_object(object, "platform", &platform, err);

    if (r < 0 || !platform)
        return r;
    r = json_text_check_object(platform, known, err);
    if (r >= 0)
        r = platform_read(platform, &d->platform, err);
    if (r < 0)
        return err_prefix(err, r, "platform");
    d->has_platform = true;
    if (strcmp(d->platform.os, "unknown") == 0 && strcmp(d->platform.arch, "unknown") == 0)
        d->attestation = true;
    return 0;
}

static int read_annotations(const json_t *object, struct descriptor *d, struct err *err)
{
    const char *reference_type = NULL;
    json_t *annotations;
    int r = json_text_object(object, "annotations", &annotations, err);

    if (r < 0 || !annotations)
        return r;
    r = json_text_string(annotations, ANNOTATION_REF_NAME, &d->ref_name, err);
    if (r >= 0)
        r = json_text_string(annotations, ANNOTATION_CONTAINERD_NAME, &d->containerd_name, err);
    if (r >= 0)
        r = json_text_peek(annotations, ANNOTATION_REFERENCE_TYPE, &reference_type, err);
    if (reference_type && reference_type[0])
        d->attestation = true;
    return r;
}

static int read_fields(json_t *object, struct descriptor *d, struct err *err)
{
    static const char *const known[] = {"mediaType", "digest",      "size",         "data",
                                        "platform",  "annotations", "artifactType", NULL};
    int r = json_text_check_object(object, known, err);

    if (r >= 0)
        r = json_text_string(object, "mediaType", &d->media_type, err);
    if (r >= 0 && !d->media_type) {
        d->media_type = strdup("");
        r = d->media_type ? 0 : err_errno(err, ENOMEM, "descriptor");
    }
    if (r >= 0)
        r = digest_read(json_object_get(object, "digest"), &d->digest, err);
    if (r >= 0)
        r = json_text_size(object, "size", &d->size, err);
    if (r >= 0)
        r = check_data(object, d, err);
    if (r >= 0)
        r = read_platform(object, d, err);
    if (r >= 0)
        r = read_annotations(object, d, err);
    if (r >= 0)
        r = json_text_string(object, "artifactType", &d->artifact_type, err);
    return r;
}

int descriptor_read(json_t *object, struct descriptor *ret, struct err *err)
{
    struct descriptor d = {0};
    int r = read_fields(object, &d, err);

    if (r < 0)
        descriptor_clear(&d);
    else
        *ret = d;
    return r;
}

int descriptor_read_array(const json_t *object, const char *key, size_t max, struct descriptor **ret,
                          size_t *ret_n, struct err *err)
{
    struct descriptor *list;
    json_t *array;
    size_t n;
    int r = json_text_array(object, key, &array, err);

    if (r < 0)
        return r;
    n = json_array_size(array);
    if (n > max)
        return err_set(err, E2BIG, "%zu %s are more than the %zu that are allowed", n, key, max);
    list = calloc(n + 1, sizeof(*list));
    if (!list)
        return err_errno(err, ENOMEM, "\"%s\"", key);
    for (size_t i = 0; i < n; i++) {
        r = descriptor_read(json_array_get(array, i), &list[i], err);
        if (r < 0) {
            descriptor_array_free(list, i);
            return err_prefix(err, r, "%s[%zu]", key, i);
        }
    }
    *ret = list;
    *ret_n = n;
    return 0;
}

void descriptor_array_free(struct descriptor *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        descriptor_clear(&d[i]);
    free(d);
}

void descriptor_clear(struct descriptor *d)
{
    if (!d)
        return;
    free(d->media_type);
    free(d->ref_name);
    free(d->containerd_name);
    free(d->artifact_type);
    *d = (struct descriptor){0};
}

static bool copy_string(const char *from, char **ret)
{
    *ret = from ? strdup(from) : NULL;
    return *ret || !from;
}

int descriptor_copy(const struct descriptor *from, struct descriptor *ret)
{
    struct descriptor d = *from;
    bool ok = copy_string(from->media_type ? from->media_type : "", &d.media_type);

    ok &= copy_string(from->ref_name, &d.ref_name);
    ok &= copy_string(from->containerd_name, &d.containerd_name);
    ok &= copy_string(from->artifact_type, &d.artifact_type);
    if (!ok) {
        descriptor_clear(&d);
        return -ENOMEM;
    }
    *ret = d;
    return 0;
}

json_t *descriptor_write(const struct descriptor *d)
{
    char digest[DIGEST_STRING_MAX];

    digest_string(&d->digest, digest);
    return json_pack("{s:s, s:s, s:I}", "mediaType", d->media_type, "digest", digest, "size",
                     (json_int_t)d->size);
}
