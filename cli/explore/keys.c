/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/keys.h"

#include <stdio.h>
#include <string.h>

static const struct key_binding table[] = {
    {COMMAND_HELP, PANE_BOTH, {'?', EXKEY_F1}, "these keys"},
    {COMMAND_QUIT, PANE_BOTH, {'q'}, "leave"},
    {COMMAND_SWITCH, PANE_BOTH, {'\t', EXKEY_BACK_TAB}, "the other side"},
    {COMMAND_DOWN, PANE_BOTH, {'j', EXKEY_DOWN, EXKEY_CTRL('N')}, "down"},
    {COMMAND_UP, PANE_BOTH, {'k', EXKEY_UP, EXKEY_CTRL('P')}, "up"},
    {COMMAND_HALF_DOWN, PANE_BOTH, {EXKEY_CTRL('D')}, "half a page down"},
    {COMMAND_HALF_UP, PANE_BOTH, {EXKEY_CTRL('U')}, "half a page up"},
    {COMMAND_PAGE_DOWN, PANE_BOTH, {EXKEY_PAGE_DOWN}, "a page down"},
    {COMMAND_PAGE_UP, PANE_BOTH, {EXKEY_PAGE_UP}, "a page up"},
    {COMMAND_FIRST, PANE_BOTH, {'g', EXKEY_HOME}, "first line"},
    {COMMAND_LAST, PANE_BOTH, {'G', EXKEY_END}, "last line"},
    {COMMAND_RANGE, PANE_LAYERS, {'v'}, "layers: begin or end a range"},
    {COMMAND_ALL_BELOW, PANE_LAYERS, {EXKEY_CTRL('A'), 'a'}, "layers: what all layers up to this one do"},
    {COMMAND_ONE_LAYER, PANE_LAYERS, {EXKEY_CTRL('L')}, "layers: what this layer alone does"},
    {COMMAND_IN, PANE_BOTH, {'l', EXKEY_RIGHT}, "open the directory; from the layers to the tree"},
    {COMMAND_OUT, PANE_BOTH, {'h', EXKEY_LEFT}, "close the directory, go to the one above, to the layers"},
    {COMMAND_ENTER,
     PANE_BOTH,
     {EXKEY_ENTER, '\n'},
     "open or close a directory; view a file; go to what was found"},
    {COMMAND_TOGGLE, PANE_TREE, {' '}, "open or close a directory"},
    {COMMAND_CLOSE_ALL, PANE_TREE, {EXKEY_NUL, '-'}, "close all directories"},
    {COMMAND_NEXT_CHANGE, PANE_BOTH, {'n', ']'}, "next change"},
    {COMMAND_PREVIOUS_CHANGE, PANE_BOTH, {'N', '['}, "previous change"},
    {COMMAND_FILTER,
     PANE_BOTH,
     {'/', EXKEY_CTRL('F')},
     "filter by a part of the path, or with * ? [ by pattern"},
    {COMMAND_ESCAPE, PANE_BOTH, {EXKEY_ESCAPE}, "end the filter, the range"},
    {COMMAND_SORT, PANE_BOTH, {'o', EXKEY_CTRL('O')}, "sort by size, by name"},
    {COMMAND_CHANGES_ONLY, PANE_BOTH, {'c'}, "show changes alone, show all"},
    {COMMAND_SHOW_ADDED, PANE_TREE, {EXKEY_CTRL('A')}, "show or hide added files"},
    {COMMAND_SHOW_CHANGED, PANE_TREE, {'m'}, "show or hide changed files"},
    {COMMAND_SHOW_REMOVED, PANE_TREE, {EXKEY_CTRL('R')}, "show or hide removed files"},
    {COMMAND_SHOW_SAME, PANE_TREE, {'u'}, "show or hide unchanged files"},
    {COMMAND_VIEW, PANE_TREE, {'v'}, "view the file in $PAGER"},
    {COMMAND_SAVE, PANE_TREE, {'s', EXKEY_CTRL('E')}, "save the file"},
    {COMMAND_DETAILS, PANE_BOTH, {'i'}, "show or hide the details"},
    {COMMAND_ATTRIBUTES, PANE_BOTH, {EXKEY_CTRL('B'), 'b'}, "show or hide modes and owners"},
    {COMMAND_REDRAW, PANE_TREE, {EXKEY_CTRL('L')}, "draw the screen anew"},
    {COMMAND_NONE, PANE_BOTH, {0}, NULL},
};

const struct key_binding *keys_table(void)
{
    return table;
}

enum explore_command keys_command(int key, enum explore_pane pane)
{
    for (const struct key_binding *b = table; b->command != COMMAND_NONE; b++) {
        if (!(b->pane & pane))
            continue;
        for (size_t i = 0; i < KEYS_OF_COMMAND; i++)
            if (b->keys[i] && b->keys[i] == key)
                return b->command;
    }
    return COMMAND_NONE;
}

const char *keys_name(int key, char buf[KEY_NAME_MAX])
{
    static const struct {
        int key;
        const char *name;
    } names[] = {
        {EXKEY_UP, "Up"},
        {EXKEY_DOWN, "Down"},
        {EXKEY_LEFT, "Left"},
        {EXKEY_RIGHT, "Right"},
        {EXKEY_PAGE_UP, "PgUp"},
        {EXKEY_PAGE_DOWN, "PgDn"},
        {EXKEY_HOME, "Home"},
        {EXKEY_END, "End"},
        {EXKEY_BACK_TAB, "Shift-Tab"},
        {EXKEY_F1, "F1"},
        {EXKEY_NUL, "Ctrl-Space"},
        {EXKEY_ENTER, "Enter"},
        {EXKEY_ESCAPE, "Esc"},
        {' ', "Space"},
        {'\t', "Tab"},
        {EXKEY_DELETE, "Delete"},
        {EXKEY_BACKSPACE, "Backspace"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].key == key) {
            snprintf(buf, KEY_NAME_MAX, "%s", names[i].name);
            return buf;
        }
    }
    if (key > 0 && key < ' ')
        snprintf(buf, KEY_NAME_MAX, "Ctrl-%c", key | 0x40);
    else
        snprintf(buf, KEY_NAME_MAX, "%c", key > ' ' && key < 0x7f ? key : '?');
    return buf;
}
