/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of layers made by hand, and rows as text. */
#ifndef MICA_TEST_EXPLORE_CASE_H
#define MICA_TEST_EXPLORE_CASE_H

#include "explore/rows.h"
#include "study_case.h"

#define MAX_LAYERS 8

struct stack {
    struct index *layers[MAX_LAYERS];
    uint32_t n;
    struct study *study;
    struct err err;
};

/* Opens the layers (up to the first NULL), which it takes over. */
void stack_open(struct stack *s, struct index *const *layers);
void stack_close(struct stack *s);
#define STACK(s, ...) stack_open(s, (struct index *const[MAX_LAYERS + 1]){__VA_ARGS__})

/* The rows as lines "A/name" with two blanks for each directory above: the letter of the change (' ' for none), '-' an open
 * and '+' a closed directory or ' ', the name; '<' behind the row of the cursor. Returns `buf`. */
const char *rows_text(const struct rows *r, char buf[4096]);

#endif
