/* SPDX-License-Identifier: Apache-2.0 */
#include "act/diff_side.h"

#include <errno.h>
#include <inttypes.h>
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

void diff_mount_done(struct diff_mount *m)
{
    free(m->branch);
    free(m->view);
    *m = (struct diff_mount){.branch = NULL};
}

static int copy_lease(const struct lease_info *lease, struct diff_mount *ret)
{
    *ret = (struct diff_mount){.image = lease->manifest};
    if ((lease->branch && !(ret->branch = strdup(lease->branch))) ||
        (lease->view && !(ret->view = strdup(lease->view)))) {
        diff_mount_done(ret);
        return -ENOMEM;
    }
    return 0;
}

int diff_mount_at(struct store *s, const char *dir, struct diff_mount *ret)
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
    r = lease ? copy_lease(lease, ret) : -ENOENT;
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

static int check_layers(const struct diff_side *side, const char *word, uint64_t layers)
{
    size_t all = side->arg.image.config.n_diff_ids;

    return layers == UINT32_MAX || layers <= all
               ? STATUS_DONE
               : cli_failf("%s has %zu layers, not %" PRIu64, word, all, layers);
}

static int open_mount(struct store *s, const char *word, const struct diff_mount *m, struct diff_side *ret)
{
    char text[DIGEST_STRING_MAX];
    uint64_t layers = UINT32_MAX;
    bool whole = !m->view || strcmp(m->view, "views") == 0;

    if (m->branch)
        return open_branch(s, m->branch, ret);
    if (!whole && (strncmp(m->view, "upto=", 5) != 0 || number_parse(m->view + 5, &layers) < 0))
        return cli_failf(
            "%s shows one layer alone (%s), not an image; mica diff IMAGE@N IMAGE@M compares an image "
            "before and after a layer",
            word, m->view);
    if (store_find_image(s, digest_string(&m->image, text), &ret->arg.image, &ret->err) < 0)
        return cli_fail(&ret->err);
    int status = check_layers(ret, word, layers);
    return status == STATUS_DONE ? open_image(ret, (uint32_t)layers) : status;
}

/* -1: the word names neither a mount of the store nor a branch. */
static int open_changed(struct store *s, const char *word, struct diff_side *ret)
{
    struct branch_hold *hold = NULL;
    struct diff_mount mount;
    struct err none = {""};

    if (diff_mount_at(s, word, &mount) == 0) {
        int status = open_mount(s, word, &mount, ret);

        diff_mount_done(&mount);
        return status;
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
    if (status == STATUS_DONE)
        status = check_layers(ret, name, layers);
    return status == STATUS_DONE ? open_image(ret, (uint32_t)layers) : status;
}
