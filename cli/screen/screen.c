/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/screen.h"

#include <curses.h>

#include "screen/command.h"
#include "screen/draw.h"
#include "screen/input.h"
#include "screen/paint.h"
#include "screen/prompt.h"
#include "screen/state.h"

int screen_check(void)
{
    struct err err = {""};

    if (terminal_check(&err) == 0)
        return STATUS_DONE;
    cli_fail(&err);
    return STATUS_USAGE;
}

static void help_key(struct explorer *e, int key)
{
    enum explore_command c = keys_command(key, PANE_BOTH);

    if (c == COMMAND_DOWN || c == COMMAND_HALF_DOWN || c == COMMAND_PAGE_DOWN)
        e->help_top += c == COMMAND_DOWN ? 1 : LINES / 2;
    else if (c == COMMAND_UP || c == COMMAND_HALF_UP || c == COMMAND_PAGE_UP)
        e->help_top -= c == COMMAND_UP ? 1 : LINES / 2;
    else
        e->help = false;
}

static void take_input(struct explorer *e, const struct input *in)
{
    struct layout l = draw_layout(e);
    enum explore_command c;

    if (in->mouse == MOUSE_NONE && in->key == EXKEY_NONE)
        return; /* ncurses reports each look at the size of the terminal: the message stays */
    e->message[0] = 0;
    if (in->mouse != MOUSE_NONE) {
        command_mouse(e, in, &l);
        return;
    }
    if (e->help) {
        help_key(e, in->key);
        return;
    }
    if (prompt_key(e, in->key))
        return;
    c = keys_command(in->key, e->focus);
    if (c == COMMAND_REDRAW)
        clearok(stdscr, TRUE);
    command_run(e, c, &l);
}

/* Shows and waits until the user leaves. */
static void loop(struct explorer *e)
{
    struct input in;

    while (!e->quit && !e->terminal->ended_by) {
        unsigned events;

        state_ask(e);
        draw(e);
        events = terminal_wait(e->terminal, worker_fd(e->worker));
        if (events & TERMINAL_END)
            break;
        if (events & TERMINAL_OTHER)
            state_take_answers(e);
        while (!e->quit && !e->terminal->ended_by && events & TERMINAL_INPUT && input_next(&in))
            take_input(e, &in);
    }
}

int screen_show(const struct image_arg *first, const struct image_arg *second, const char *const names[2])
{
    struct terminal terminal;
    struct explorer e = {
        .terminal = &terminal, .names = {names[0], names[1]}, .focus = PANE_LAYERS, .details = true};
    struct err err = {""};
    int r = state_open(&e, first->store, &first->image, second ? second->store : NULL,
                       second ? &second->image : NULL, &err);
    int status = STATUS_DONE;

    terminal = (struct terminal){.signals = -1};
    if (r == 0) {
        r = terminal_open(&terminal, &err);
        if (r == 0) {
            paint_init(terminal.colours);
            loop(&e);
        }
        terminal_close(&terminal);
    }
    state_close(&e);
    terminal_die(&terminal);
    if (r < 0) {
        status = cli_fail(&err);
        status = r == -ENOTTY ? STATUS_USAGE : status;
    }
    return status;
}
