/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/file.h"

#include <string.h>
#include <sys/stat.h>

#include "act/layer_content.h"
#include "explore/details.h"
#include "screen/pager.h"
#include "screen/save.h"
#include "screen/state.h"
#include "show/ls_format.h"

/* The regular file at the cursor. False, with a message: there is none. */
static bool find_file(struct explorer *e, struct index_inode *ret)
{
    struct rows *rows = explorer_rows(e);
    const struct row *row = rows->cursor < rows->n ? &rows->v[rows->cursor] : NULL;
    int r;

    if (!row)
        return false;
    if (!S_ISREG(row->mode)) {
        state_say(e, "not a regular file, but of type %s", mode_type(row->mode));
        return false;
    }
    r = row_inode(&e->view, row, ret);
    state_failed(e, r);
    return r == 0;
}

/* Opens the content of the file at the cursor; a descriptor, or a negative errno after a message. */
static int open_file(struct explorer *e, const struct index_inode *in, uint64_t *ret_at)
{
    struct rows *rows = explorer_rows(e);
    const struct row *row = &rows->v[rows->cursor];
    const struct explore_image *i = explore_images_of(&e->images, row->of_b);
    struct err err = {""};
    cleanup_fd int layer = store_open_layer(i->store, &i->image->config.diff_ids[row->layer], &err);
    struct places *places = NULL;
    int fd = layer < 0 ? layer : places_open(layer, &places, &err);

    if (fd >= 0)
        fd = layer_content_open(layer, places, in, ret_at);
    places_free(places);
    if (fd < 0 && *err.text)
        state_say(e, "%s", err.text);
    else
        state_failed(e, fd);
    return fd;
}

void file_view(struct explorer *e)
{
    struct index_inode in;
    uint64_t at = 0;
    struct err err = {""};
    cleanup_fd int fd = find_file(e, &in) ? open_file(e, &in, &at) : -1;

    if (fd >= 0 && pager_show(e->terminal, fd, at, &in, &err) < 0)
        state_say(e, "%s", err.text);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void file_ask_save(struct explorer *e)
{
    struct rows *rows = explorer_rows(e);
    struct index_inode in;

    if (!find_file(e, &in))
        return;
    const char *name = last_name(rows->v[rows->cursor].name);
    e->input.len = 0;
    if (buf_append(&e->input, name, strlen(name)) == 0)
        e->prompt = PROMPT_SAVE;
}

/* Ctrl-C ends a long copy. */
static bool goes_on(void *ctx)
{
    struct explorer *e = ctx;

    return !(terminal_signals(e->terminal) & TERMINAL_END);
}

void file_save(struct explorer *e, const char *path, bool replace)
{
    struct rows *rows = explorer_rows(e);
    struct index_inode in;
    uint64_t at = 0;
    struct err err = {""};
    cleanup_fd int fd = find_file(e, &in) ? open_file(e, &in, &at) : -1;
    int r;

    e->prompt = PROMPT_NONE;
    if (fd < 0)
        return;
    r = save_file(fd, at, &in, path, last_name(rows->v[rows->cursor].name), replace, goes_on, e, &err);
    if (r == 0) {
        state_say(e, "saved as %s", path);
    } else if (*err.text) {
        state_say(e, "%s", err.text);
    } else {
        free(e->saving);
        e->saving = strdup(path);
        e->input.len = 0;
        e->prompt = PROMPT_OVERWRITE;
    }
}
