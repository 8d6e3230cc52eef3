/* SPDX-License-Identifier: Apache-2.0 */
#include "act/diff_side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/branch_study.h"
#include "act/interrupt.h"
#include "act/mounts.h"
#include "show/size.h"

void diff_side_done(struct diff_side *s)
{
    image_study_close(&s->study);
    image_arg_done(&s->arg);
}

int diff_branch_at(struct store *s, const char *dir, char **ret, struct digest *ret_image)
{
    cleanup_free char *path = NULL;
    struct mounts mounts = {0};
    struct err err = {""};
    int r = mountpoint_path(dir, &path);

    if (r == 0)
        r = mounts_read(s, &mounts, &err);
    if (r < 0)
        return -ENOENT;
    const struct lease_info *lease = mounts_lease(&mounts, path);
    r = lease ? 0 : -ENOENT;
    *ret = NULL;
    if (lease)
        *ret_image = lease->manifest;
    if (lease && lease->branch && !(*ret = strdup(lease->branch)))
        r = -ENOMEM;
    mounts_free(&mounts);
    return r;
}

static int open_branch(struct store *s, const char *branch, struct diff_side *ret)
{
    ret->branch = true;
    int r = branch_study_open(s, branch, &ret->arg.image, &ret->study, &ret->err);

    if (r == -ECANCELED && interrupt_status()) {
        cli_failf("interrupted; nothing was changed");
        return interrupt_status();
    }
    return r < 0 ? cli_fail(&ret->err) : STATUS_DONE;
}

static int open_image(struct diff_side *ret, uint32_t layers)
{
    int r = image_study_open(ret->arg.store, &ret->arg.image, layers, &ret->study, &ret->err);

    return r < 0 ? cli_fail(&ret->err) : STATUS_DONE;
}

/* -1: the word names neither a mount of the store nor a branch. */
static int open_changed(struct store *s, const char *word, struct diff_side *ret)
{
    cleanup_free char *branch = NULL;
    char text[DIGEST_STRING_MAX];
    struct digest image;
    struct branch_hold *hold = NULL;
    struct err none = {""};

    if (diff_branch_at(s, word, &branch, &image) == 0) {
        if (branch)
            return open_branch(s, branch, ret);
        return store_find_image(s, digest_string(&image, text), &ret->arg.image, &ret->err) < 0
                   ? cli_fail(&ret->err)
                   : open_image(ret, UINT32_MAX);
    }
    if (store_branch_look(s, word, &hold, &none) < 0)
        return -1;
    store_branch_release(hold);
    return open_branch(s, word, ret);
}

/* Splits IMAGE@N. *ret is the image's word in fresh memory. */
static int split(const char *word, char **ret, uint64_t *ret_layers)
{
    const char *at = strrchr(word, '@');

    *ret_layers = UINT32_MAX;
    if (!at || number_parse(at + 1, ret_layers) < 0)
        at = NULL;
    *ret = at ? strndup(word, (size_t)(at - word)) : strdup(word);
    return *ret ? 0 : -ENOMEM;
}

int diff_side_open(const struct cli *cli, const char *word, struct diff_side *ret)
{
    cleanup_free char *name = NULL;
    uint64_t layers;
    int status;

    *ret = (struct diff_side){0};
    if (split(word, &name, &layers) < 0)
        return cli_output_status(-ENOMEM);
    if (store_open(cli->store, 0, &ret->arg.store, &ret->err) == 0 &&
        store_find_image(ret->arg.store, name, &ret->arg.image, NULL) < 0 && layers == UINT32_MAX) {
        status = open_changed(ret->arg.store, word, ret);
        if (status >= 0)
            return status;
    }
    image_arg_done(&ret->arg);
    ret->err = (struct err){""};
    status = image_arg_find(cli, name, &ret->arg);
    size_t all = ret->arg.image.config.n_diff_ids;
    if (status == STATUS_DONE && layers != UINT32_MAX && layers > all)
        status = cli_failf("%s has %zu layers, not %s", name, all, strrchr(word, '@') + 1);
    return status == STATUS_DONE ? open_image(ret, (uint32_t)layers) : status;
}
