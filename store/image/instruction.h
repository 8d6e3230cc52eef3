/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of a Containerfile that change only an image's config, as `podman commit --change` and
 * `docker commit --change` accept them: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER,
 * VOLUME, WORKDIR. Pure. */
#ifndef MICA_IMAGE_INSTRUCTION_H
#define MICA_IMAGE_INSTRUCTION_H

#include <jansson.h>
#include <stdbool.h>

#include "os/err.h"

/* State across instructions that are applied one after the other; zero at first. */
struct instruction_state {
    bool cmd_set; /* a CMD was applied: an ENTRYPOINT then keeps it, but removes the base's */
};

/* Applies one instruction ("CMD /bin/sh", or "CMD=/bin/sh") to the object `config` of an image's config.
 * Expands its variables (expand.h) except in CMD, ENTRYPOINT and ONBUILD. -EINVAL with a line, -ENOMEM. */
int instruction_apply(json_t *config, struct instruction_state *state, const char *text, struct err *err);
/* Refuses an instruction that would fail with any variables. -EINVAL with a line, -ENOMEM. */
int instruction_check(const char *text, struct err *err);

#endif
