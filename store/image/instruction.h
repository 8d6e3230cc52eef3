/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of a Containerfile that change nothing but an image's config, as `podman commit --change` and
 * `docker commit --change` take them: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME,
 * WORKDIR. Pure.
 */
#ifndef MICA_IMAGE_INSTRUCTION_H
#define MICA_IMAGE_INSTRUCTION_H

#include <jansson.h>

#include "os/err.h"

/* Applies one ("CMD /bin/sh", or "CMD=/bin/sh") to the object `config` of an image's config. -EINVAL with a
 * line, -ENOMEM. */
int instruction_apply(json_t *config, const char *text, struct err *err);

#endif
