/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the state that several keys bring: another view, another filter, answers of the worker. */
#ifndef MICA_SCREEN_STATE_H
#define MICA_SCREEN_STATE_H

#include "screen/explorer.h"

/* Opens the images and lists the first rows. state_close in every case. */
int state_open(struct explorer *e, struct store *store, const struct image *image, struct store *second_store,
               const struct image *second, struct err *err);
void state_close(struct explorer *e);

/* Other layers are chosen. */
void state_view(struct explorer *e);
/* Other kinds of rows are to be shown. */
void state_kinds(struct explorer *e, unsigned kinds);
void state_sort(struct explorer *e);
/* The text of the filter has changed. */
void state_filter(struct explorer *e, const char *text, size_t len);
/* Goes to a row of what the filter found, in the tree. */
void state_reveal(struct explorer *e);
/* Asks for what is shown and not known yet. */
void state_ask(struct explorer *e);
void state_take_answers(struct explorer *e);

/* A line for the user. */
void state_say(struct explorer *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says why something failed, if it did. */
void state_failed(struct explorer *e, int r);

#endif
