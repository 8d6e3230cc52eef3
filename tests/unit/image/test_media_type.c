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

static void kinds_of_known_and_other_types(void **state)
{
    static const struct {
        const char *type;
        enum media_kind kind;
    } cases[] = {
        {MT_OCI_INDEX, MEDIA_INDEX},
        {MT_DOCKER_LIST, MEDIA_INDEX},
        {MT_OCI_MANIFEST, MEDIA_MANIFEST},
        {MT_DOCKER_MANIFEST, MEDIA_MANIFEST},
        {MT_OCI_CONFIG, MEDIA_CONFIG},
        {MT_DOCKER_CONFIG, MEDIA_CONFIG},
        {MT_OCI_LAYER, MEDIA_LAYER},
        {MT_OCI_LAYER_GZIP, MEDIA_LAYER},
        {MT_OCI_LAYER_ZSTD, MEDIA_LAYER},
        {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER},
        {"application/vnd.docker.image.rootfs.diff.tar", MEDIA_LAYER},
        {"application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER},
        {"application/vnd.docker.image.rootfs.diff.tar.zstd", MEDIA_LAYER},
        {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER},
        {"", MEDIA_OTHER},
        {"application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MEDIA_OTHER},
        {"application/vnd.oci.image.layer.v1.tarball", MEDIA_OTHER},
        {"application/vnd.oci.empty.v1+json", MEDIA_OTHER},
        {"application/vnd.in-toto+json", MEDIA_OTHER},
        {"application/vnd.docker.distribution.manifest.v1+prettyjws", MEDIA_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (media_kind(cases[i].type) != cases[i].kind)
            fail_msg("%s", cases[i].type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds_of_known_and_other_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
