/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of a Containerfile that change nothing but an image's config, as `podman commit --change` and
 * `docker commit --change` take them: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME,
 * WORKDIR. Pure.
 */
#ifndef MICA_IMAGE_INSTRUCTION_H
#define MICA_IMAGE_INSTRUCTION_H

#include <jansson.h>
#include <stdbool.h>

#include "os/err.h"

/* Of the instructions that are applied one after the other; zero at first. */
struct instruction_state {
    bool cmd_set; /* one of them was CMD: an ENTRYPOINT leaves it, but takes the base's away */
};

/* Applies one ("CMD /bin/sh", or "CMD=/bin/sh") to the object `config` of an image's config, whose variables
 * are put in the place of $NAME (expand.h) but for CMD, ENTRYPOINT and ONBUILD. -EINVAL with a line, -ENOMEM.
 */
int instruction_apply(json_t *config, struct instruction_state *state, const char *text, struct err *err);
/* Refuses what could not be applied, whatever the image's variables are. */
int instruction_check(const char *text, struct err *err);

#endif
