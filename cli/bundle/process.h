/* SPDX-License-Identifier: Apache-2.0 */
/* Process of a container: an image's config merged with the user's wishes. Pure; the values are jansson's and
 * the caller's to decref. */
#ifndef MICA_BUNDLE_PROCESS_H
#define MICA_BUNDLE_PROCESS_H

#include <jansson.h>

#include "bundle/user.h"
#include "bundle/wish.h"
#include "image/manifest.h"
#include "os/err.h"

/*
 * Arguments: entrypoint and command. As in other tools, the user's command replaces the image's Cmd, and the
 * user's entrypoint replaces both. -EINVAL if nothing is left, or for text that is not UTF-8, which
 * config.json cannot express.
 */
int bundle_args(const struct image_config *c, const struct bundle_wish *w, json_t **ret, struct err *err);

/* Environment with each variable once, in order of origin: PATH, TERM with a terminal, HOSTNAME, HOME, then
 * the image's and the user's, each in the place of an earlier one of the same name. */
int bundle_env(const struct image_config *c, const struct bundle_wish *w, const struct bundle_user *u,
               const char *hostname, json_t **ret, struct err *err);

#endif
