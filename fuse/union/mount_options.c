/* SPDX-License-Identifier: Apache-2.0 */
#include "union/mount_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "union/option_rules.h"

/* A timeout of a day or more stands for "for ever". */
#define FOR_EVER 86400

/* As option_piece, but quotes around the value of a security context protect commas, as in mount(8). */
static size_t word_length(const char *text)
{
    size_t len = option_piece(text, ','), equals = strcspn(text, "=");
    const char *quote;

    if (equals + 1 >= len || text[equals + 1] != '"' || equals < 7 ||
        memcmp(text + equals - 7, "context", 7) != 0)
        return len;
    quote = strchr(text + equals + 2, '"');
    return quote ? (size_t)(quote - text) + option_piece(quote, ',') : len;
}

int mount_options_parse(struct mount_options *o, const char *text, struct err *err)
{
    while (*text) {
        struct option_word w = {.text = text, .len = word_length(text)};
        const char *equals = memchr(text, '=', w.len);
        int r;

        if (equals) {
            w.value = equals + 1;
            w.value_len = w.len - (size_t)(w.value - text);
        }
        r = w.len > 0 ? option_take(o, &w, err) : 0;
        if (r < 0)
            return r;
        text += w.len;
        text += *text == ',';
    }
    return 0;
}

bool mount_options_redirect_dir(const struct mount_options *o)
{
    if (o->redirect_dir != CHOICE_DEFAULT)
        return o->redirect_dir == CHOICE_YES;
    return o->branch || o->metacopy == CHOICE_YES; /* renaming a file without data needs a redirect */
}

bool mount_options_metacopy(const struct mount_options *o)
{
    if (o->metacopy != CHOICE_DEFAULT)
        return o->metacopy == CHOICE_YES;
    return o->branch && mount_options_redirect_dir(o);
}

bool mount_options_for_ever(const struct mount_options *o)
{
    return o->has_timeout && o->timeout >= FOR_EVER;
}

/* An explicit owner takes precedence over squash_to_root, in any order. */
static struct id_map or_root(struct id_map m, bool squash_to_root)
{
    m.squashed = m.squashed || squash_to_root;
    return m;
}

struct id_map mount_options_uids(const struct mount_options *o)
{
    return or_root(o->uids, o->squash_to_root);
}

struct id_map mount_options_gids(const struct mount_options *o)
{
    return or_root(o->gids, o->squash_to_root);
}

static int check_branch(const struct mount_options *o, struct err *err)
{
    if (o->upperdir && !o->workdir)
        return err_set(
            err, EINVAL,
            "upperdir= needs workdir=, an empty directory on the same file system as the upper one");
    if (o->workdir && !o->upperdir)
        return err_set(err, EINVAL, "workdir= without upperdir=: where is to be written?");
    if (o->branch && (o->upperdir || o->lowers.n > 0))
        return err_set(err, EINVAL, "branch= is of an image, and excludes lowerdir= and upperdir=");
    if (o->branch_make != BRANCH_MAKE_NEVER && !o->branch)
        return err_set(err, EINVAL, "branch_make= needs branch=NAME");
    if (o->branch_make != BRANCH_MAKE_NEVER && !o->image)
        return err_set(err, EINVAL, "branch_make= needs the image of branch %s", o->branch);
    if (o->metacopy == CHOICE_YES && o->redirect_dir == CHOICE_NO)
        return err_set(err, EINVAL, "metacopy=on needs redirect_dir=on, as in the kernel");
    return 0;
}

static int check_views(const struct mount_options *o, struct err *err)
{
    if (o->views + !!o->layer + !!o->upto > 1)
        return err_set(err, EINVAL, "views, layer= and upto= exclude each other");
    if (!o->image || o->branch || o->upperdir)
        return err_set(
            err, EINVAL,
            "views, layer= and upto= are of an image, and read-only: without lowerdir=, upperdir= and branch=");
    return 0;
}

int mount_options_check(const struct mount_options *o, struct err *err)
{
    int r = check_branch(o, err);

    if (r == 0 && (o->views || o->layer || o->upto))
        r = check_views(o, err);
    if (r < 0)
        return r;
    if (o->image && o->lowers.n > 0)
        return err_set(err, EINVAL, "image= and lowerdir= exclude each other");
    if (o->nfs_export == CHOICE_YES && o->lowers.n > 0)
        return err_set(
            err, EINVAL,
            "nfs_export=on needs an image: of files of lowerdir= a handle would have to stay valid when "
            "the daemon has forgotten the file, which it cannot promise");
    if (!o->image && o->lowers.n == 0 && !o->branch)
        return err_set(err, EINVAL, "nothing to mount: name an image, or directories with -o lowerdir=A:B:C");
    return 0;
}

void mount_options_clear(struct mount_options *o)
{
    text_list_clear(&o->lowers);
    text_list_clear(&o->passed);
    text_list_clear(&o->unknown);
    id_map_clear(&o->uids);
    id_map_clear(&o->gids);
    free(o->image);
    free(o->store);
    free(o->upperdir);
    free(o->workdir);
    free(o->branch);
    free(o->fsname);
    free(o->subtype);
    *o = (struct mount_options){0};
}
