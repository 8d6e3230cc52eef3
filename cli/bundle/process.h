/* SPDX-License-Identifier: Apache-2.0 */
/* The process of a container: what an image's config says, and what is wished instead. Pure; the values are
 * jansson's and the caller's to decref. */
#ifndef MICA_BUNDLE_PROCESS_H
#define MICA_BUNDLE_PROCESS_H

#include <jansson.h>

#include "bundle/user.h"
#include "bundle/wish.h"
#include "image/manifest.h"
#include "os/err.h"

/*
 * The words to run: entrypoint and command. As in other tools, a wished command takes the place of the
 * image's Cmd, and a wished entrypoint that of both. -EINVAL where nothing is left, or for a text that is not
 * UTF-8, which config.json cannot say.
 */
int bundle_args(const struct image_config *c, const struct bundle_wish *w, json_t **ret, struct err *err);

/* NAME=VALUE of each variable once, sorted by how they came: PATH, TERM with a terminal, HOSTNAME, HOME, then
 * the image's and what is wished, each in the place of an earlier one of its name. */
int bundle_env(const struct image_config *c, const struct bundle_wish *w, const struct bundle_user *u,
               const char *hostname, json_t **ret, struct err *err);

#endif
