/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and the mouse, as changes of the state. */
#ifndef MICA_SCREEN_COMMAND_H
#define MICA_SCREEN_COMMAND_H

#include "screen/explorer.h"
#include "screen/input.h"

/* `l` is the layout that is on the screen. */
void command_run(struct explorer *e, enum explore_command c, const struct layout *l);
void command_mouse(struct explorer *e, const struct input *in, const struct layout *l);

#endif
