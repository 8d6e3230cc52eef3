/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolve IMAGE on the command line: a name, a digest or a digest prefix in the store; or a SOURCE, which is
 * imported first, with a note on standard error. The store takes precedence, so that a SOURCE never hides an
 * image.
 */
#ifndef MICA_ACT_IMAGE_ARG_H
#define MICA_ACT_IMAGE_ARG_H

#include "command/verb.h"
#include "disk/store.h"
#include "os/cleanup.h"

/* Image of an argument. Call image_arg_done in every case. */
struct image_arg {
    struct store *store;
    struct image image;
};
#define cleanup_image_arg cleanup(image_arg_done)
void image_arg_done(struct image_arg *a);

/* Open the store and find `word`. 0, or an exit status after an error message. */
int image_arg_find(const struct cli *cli, const char *word, struct image_arg *ret);
/* As above for IMAGE[:PATH]; *ret_path points into `word`. */
int image_arg_find_path(const struct cli *cli, const char *word, struct image_arg *ret,
                        const char **ret_path);
/* Find IMAGE:PATH, or IMAGE and PATH as two words (`path` NULL: one word). -1, without a message, for one
 * word without a path. */
int image_arg_find_both(const struct cli *cli, const char *word, const char *path, struct image_arg *ret,
                        const char **ret_path);
/* Open the image's tree. 0, or an exit status after an error message. */
int image_arg_tree(const struct image_arg *a, struct tree **ret);

#endif
