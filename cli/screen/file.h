/* SPDX-License-Identifier: Apache-2.0 */
/* The file at the cursor: viewing and saving it. */
#ifndef MICA_SCREEN_FILE_H
#define MICA_SCREEN_FILE_H

#include "screen/explorer.h"

/* Shows it in the pager. */
void file_view(struct explorer *e);
/* Begins to ask for the path of the copy. */
void file_ask_save(struct explorer *e);
/* Saves it as `path`; asks whether to replace what is there. */
void file_save(struct explorer *e, const char *path, bool replace);

#endif
