/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMAGE on the command line: a name, a digest or a prefix of one, found in the store; or a SOURCE, which is
 * imported first (and said so on standard error). What is in the store wins, so that a SOURCE never hides an
 * image.
 */
#ifndef MICA_ACT_IMAGE_ARG_H
#define MICA_ACT_IMAGE_ARG_H

#include "command/verb.h"
#include "disk/store.h"
#include "os/cleanup.h"

/* An image that was asked for. Empty it with image_arg_done, whatever happened. */
struct image_arg {
    struct store *store;
    struct image image;
};
#define cleanup_image_arg cleanup(image_arg_done)
void image_arg_done(struct image_arg *a);

/* Opens the store and finds `word`. 0, or an exit status after having said why. */
int image_arg_find(const struct cli *cli, const char *word, struct image_arg *ret);
/* As above for IMAGE[:PATH]; *ret_path points into `word`. */
int image_arg_find_path(const struct cli *cli, const char *word, struct image_arg *ret,
                        const char **ret_path);
/* The same of IMAGE:PATH, or of IMAGE and PATH as two words (`path` NULL: one word). -1, and nothing said,
 * for one word without a path. */
int image_arg_find_both(const struct cli *cli, const char *word, const char *path, struct image_arg *ret,
                        const char **ret_path);
/* Opens the image's tree. 0, or an exit status after having said why. */
int image_arg_tree(const struct image_arg *a, struct tree **ret);

#endif
