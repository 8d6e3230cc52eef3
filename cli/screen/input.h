/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and the mouse, from ncurses to the model's words. */
#ifndef MICA_SCREEN_INPUT_H
#define MICA_SCREEN_INPUT_H

enum input_mouse {
    MOUSE_NONE,
    MOUSE_CLICK,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
};

struct input {
    int key; /* EXKEY_* or a character of Unicode; EXKEY_NONE */
    enum input_mouse mouse;
    int y, x;
};

/* The next input, without waiting: 1, or 0 if there is none. */
int input_next(struct input *ret);

#endif
