/* SPDX-License-Identifier: Apache-2.0 */
/* Media types of blobs. The compression of a layer is detected from its bytes, not from its type. */
#include <stdlib.h>
#include <string.h>

#include "image/manifest.h"

static const struct {
    const char *type;
    enum media_kind kind;
} types[] = {
    {MT_OCI_INDEX, MEDIA_INDEX},          {MT_DOCKER_LIST, MEDIA_INDEX}, {MT_OCI_MANIFEST, MEDIA_MANIFEST},
    {MT_DOCKER_MANIFEST, MEDIA_MANIFEST}, {MT_OCI_CONFIG, MEDIA_CONFIG}, {MT_DOCKER_CONFIG, MEDIA_CONFIG},
};

/* Non-distributable layers are layers too. */
static const char *const layers[] = {
    MT_OCI_LAYER,
    MT_OCI_NONDISTRIBUTABLE,
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
};

static const char *const compressions[] = {"", "+gzip", "+zstd", ".gzip", ".zstd"};

enum media_kind media_kind(const char *media_type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, media_type) == 0)
            return types[i].kind;
    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
        size_t n = strlen(layers[i]);

        if (strncmp(layers[i], media_type, n) != 0)
            continue;
        for (size_t j = 0; j < sizeof(compressions) / sizeof(compressions[0]); j++)
            if (strcmp(compressions[j], media_type + n) == 0)
                return MEDIA_LAYER;
    }
    return MEDIA_OTHER;
}

const char *media_type_oci(const char *media_type)
{
    static const char *const names[][2] = {
        {"application/vnd.docker.image.rootfs.diff.tar", MT_OCI_LAYER},
        {"application/vnd.docker.image.rootfs.diff.tar.gzip", MT_OCI_LAYER_GZIP},
        {"application/vnd.docker.image.rootfs.diff.tar.zstd", MT_OCI_LAYER_ZSTD},
        {"application/vnd.docker.image.rootfs.foreign.diff.tar", MT_OCI_NONDISTRIBUTABLE},
        {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MT_OCI_NONDISTRIBUTABLE "+gzip"},
        {"application/vnd.docker.image.rootfs.foreign.diff.tar.zstd", MT_OCI_NONDISTRIBUTABLE "+zstd"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i][0], media_type) == 0)
            return names[i][1];
    return media_type;
}

const char *media_type_told(const char *media_type)
{
    static const char schema1[] = "application/vnd.docker.distribution.manifest.v1+";

    return strncmp(media_type, schema1, sizeof schema1 - 1) == 0 ? SCHEMA1_TOLD : media_type;
}
