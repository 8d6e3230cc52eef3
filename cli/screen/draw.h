/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the state. */
#ifndef MICA_SCREEN_DRAW_H
#define MICA_SCREEN_DRAW_H

#include "screen/explorer.h"

/* Draws everything, and scrolls so that the cursors are shown. */
void draw(struct explorer *e);
struct layout draw_layout(const struct explorer *e);

/* Parts of it: draw_layers.c, draw_tree.c, and draw_frame.c for the rest. */
void draw_layers(struct explorer *e, const struct layout_part *p);
void draw_tree(struct explorer *e, const struct layout_part *p);
void draw_details(struct explorer *e, const struct layout_part *p);
void draw_help(struct explorer *e, const struct layout_part *p);
void draw_title(struct explorer *e, const struct layout_part *p);
void draw_status(struct explorer *e, const struct layout_part *p);

#endif
