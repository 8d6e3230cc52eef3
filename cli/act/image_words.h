/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a command line that name paths of images: IMAGE:PATH, or IMAGE and PATHs behind it. A word behind the first that
 * begins with a slash is a PATH of the image before it; so is another one without ":/" that is no image of the store and no
 * SOURCE with its transport ("oci:", ...) or "./" and "../" in front.
 */
#ifndef MICA_ACT_IMAGE_WORDS_H
#define MICA_ACT_IMAGE_WORDS_H

#include "act/image_arg.h"

/* Is the word a path of the image before it? `first`: there is none. */
bool image_word_is_path(const struct cli *cli, const char *word, bool first);

#endif
