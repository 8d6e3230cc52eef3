/* SPDX-License-Identifier: Apache-2.0 */
/* Typing a line. */
#ifndef MICA_SCREEN_PROMPT_H
#define MICA_SCREEN_PROMPT_H

#include "screen/explorer.h"

/* Begins the filter. */
void prompt_filter(struct explorer *e);
/* A key while something is asked. False: the key is not of the line. */
bool prompt_key(struct explorer *e, int key);

#endif
