/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/prompt.h"

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "screen/file.h"
#include "screen/state.h"

enum {
    INPUT_MAX = 4000, /* bytes of a line */
};

void prompt_filter(struct explorer *e)
{
    e->input.len = 0;
    if (e->filter.len && buf_append(&e->input, e->filter.data, e->filter.len) < 0)
        return;
    e->prompt = PROMPT_FILTER;
    e->focus = PANE_TREE;
}

static bool add_char(struct explorer *e, int key)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state = {0};
    size_t n;

    if (key < ' ' || key >= EXKEY_UP || e->input.len >= INPUT_MAX)
        return false;
    n = wcrtomb(bytes, (wchar_t)key, &state);
    return n != (size_t)-1 && buf_append(&e->input, bytes, n) == 0;
}

static bool edit(struct explorer *e, int key)
{
    if (key == EXKEY_CTRL('U') && e->input.len) {
        e->input.len = 0;
        return true;
    }
    if (key != EXKEY_BACKSPACE)
        return add_char(e, key);
    if (e->input.len == 0)
        return false;
    do {
        e->input.len--;
    } while (e->input.len && ((unsigned char)e->input.data[e->input.len] & 0xc0) == 0x80);
    return true;
}

static bool filter_key(struct explorer *e, int key)
{
    if (key == EXKEY_ENTER || key == '\n' || key == '\t') {
        e->prompt = PROMPT_NONE;
    } else if (key == EXKEY_ESCAPE) {
        e->prompt = PROMPT_NONE;
        state_filter(e, NULL, 0);
    } else if (key == EXKEY_UP || key == EXKEY_DOWN || key == EXKEY_PAGE_UP || key == EXKEY_PAGE_DOWN) {
        return false; /* in what was found */
    } else if (edit(e, key)) {
        state_filter(e, e->input.data, e->input.len);
    }
    return true;
}

static void save_key(struct explorer *e, int key)
{
    if (key == EXKEY_ESCAPE) {
        e->prompt = PROMPT_NONE;
    } else if (key == EXKEY_ENTER || key == '\n') {
        cleanup_free char *path = strndup(e->input.data ? e->input.data : "", e->input.len);

        if (path && *path)
            file_save(e, path, false);
    } else {
        edit(e, key);
    }
}

bool prompt_key(struct explorer *e, int key)
{
    switch (e->prompt) {
    case PROMPT_FILTER:
        return filter_key(e, key);
    case PROMPT_SAVE:
        save_key(e, key);
        return true;
    case PROMPT_OVERWRITE:
        e->prompt = PROMPT_NONE;
        if ((key == 'y' || key == 'Y') && e->saving)
            file_save(e, e->saving, true);
        else
            state_say(e, "nothing was saved");
        return true;
    default:
        return false;
    }
}
