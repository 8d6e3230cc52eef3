/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERB_WHICH_CONTENT_H
#define MICA_VERB_WHICH_CONTENT_H

#include "command/verb.h"

/* `mica which --content`: lists the files of all images that have the content of the file or digest
 * `word`. Returns an exit status. */
int which_content(const struct cli *cli, const char *word, bool json);

#endif
