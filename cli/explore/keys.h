/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and what they mean: one table, from which commands are found and the help is made. Pure. */
#ifndef MICA_EXPLORE_KEYS_H
#define MICA_EXPLORE_KEYS_H

#include <stddef.h>

/* Keys that are no characters, above all of Unicode; others are their characters. */
enum {
    EXKEY_UP = 0x120000,
    EXKEY_DOWN,
    EXKEY_LEFT,
    EXKEY_RIGHT,
    EXKEY_PAGE_UP,
    EXKEY_PAGE_DOWN,
    EXKEY_HOME,
    EXKEY_END,
    EXKEY_BACKSPACE,
    EXKEY_DELETE,
    EXKEY_BACK_TAB,
    EXKEY_F1,
    EXKEY_NUL, /* Ctrl-Space */
    EXKEY_NONE,
};
#define EXKEY_CTRL(letter) ((letter)&0x1f)
#define EXKEY_ENTER        '\r'
#define EXKEY_ESCAPE       0x1b

enum explore_pane {
    PANE_LAYERS = 1,
    PANE_TREE = 2,
    PANE_BOTH = 3,
};

enum explore_command {
    COMMAND_NONE,
    COMMAND_QUIT,
    COMMAND_HELP,
    COMMAND_SWITCH,
    COMMAND_UP,
    COMMAND_DOWN,
    COMMAND_PAGE_UP,
    COMMAND_PAGE_DOWN,
    COMMAND_HALF_UP,
    COMMAND_HALF_DOWN,
    COMMAND_FIRST,
    COMMAND_LAST,
    COMMAND_RANGE,
    COMMAND_ALL_BELOW,
    COMMAND_ONE_LAYER,
    COMMAND_TOGGLE,
    COMMAND_ENTER,
    COMMAND_IN,
    COMMAND_OUT,
    COMMAND_CLOSE_ALL,
    COMMAND_NEXT_CHANGE,
    COMMAND_PREVIOUS_CHANGE,
    COMMAND_FILTER,
    COMMAND_ESCAPE,
    COMMAND_SORT,
    COMMAND_SHOW_ADDED,
    COMMAND_SHOW_CHANGED,
    COMMAND_SHOW_REMOVED,
    COMMAND_SHOW_SAME,
    COMMAND_CHANGES_ONLY,
    COMMAND_VIEW,
    COMMAND_SAVE,
    COMMAND_DETAILS,
    COMMAND_ATTRIBUTES,
    COMMAND_REDRAW,
};

#define KEYS_OF_COMMAND 4

struct key_binding {
    enum explore_command command;
    enum explore_pane pane;
    int keys[KEYS_OF_COMMAND]; /* 0: none */
    const char *help;          /* NULL: not listed */
};

/* The command of a key in a pane. */
enum explore_command keys_command(int key, enum explore_pane pane);
/* The table, for the help; ends with COMMAND_NONE. */
const struct key_binding *keys_table(void);

#define KEY_NAME_MAX 16
/* "q", "Ctrl-F", "PgUp". Returns `buf`. */
const char *keys_name(int key, char buf[KEY_NAME_MAX]);

#endif
