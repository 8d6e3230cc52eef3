/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/input.h"

#include <curses.h>

#include "explore/keys.h"

static int key_of_code(wint_t code)
{
    static const struct {
        wint_t code;
        int key;
    } keys[] = {
        {KEY_UP, EXKEY_UP},       {KEY_DOWN, EXKEY_DOWN},     {KEY_LEFT, EXKEY_LEFT},
        {KEY_RIGHT, EXKEY_RIGHT}, {KEY_PPAGE, EXKEY_PAGE_UP}, {KEY_NPAGE, EXKEY_PAGE_DOWN},
        {KEY_HOME, EXKEY_HOME},   {KEY_END, EXKEY_END},       {KEY_BACKSPACE, EXKEY_BACKSPACE},
        {KEY_DC, EXKEY_DELETE},   {KEY_BTAB, EXKEY_BACK_TAB}, {KEY_F(1), EXKEY_F1},
        {KEY_ENTER, EXKEY_ENTER}, {KEY_FIND, EXKEY_HOME},     {KEY_SELECT, EXKEY_END},
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].code == code)
            return keys[i].key;
    return EXKEY_NONE;
}

static void take_mouse(struct input *ret)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return;
    ret->y = event.y;
    ret->x = event.x;
    if (event.bstate & BUTTON4_PRESSED)
        ret->mouse = MOUSE_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        ret->mouse = MOUSE_WHEEL_DOWN;
    else if (event.bstate & BUTTON1_PRESSED)
        ret->mouse = MOUSE_CLICK;
}

int input_next(struct input *ret)
{
    wint_t c;
    int r = get_wch(&c);

    *ret = (struct input){.key = EXKEY_NONE};
    if (r == ERR)
        return 0;
    if (r == KEY_CODE_YES && c == KEY_MOUSE)
        take_mouse(ret);
    else if (r == KEY_CODE_YES)
        ret->key = key_of_code(c);
    else if (c == 0)
        ret->key = EXKEY_NUL;
    else
        ret->key = c == 0x7f || c == '\b' ? EXKEY_BACKSPACE : (int)c;
    return 1;
}
