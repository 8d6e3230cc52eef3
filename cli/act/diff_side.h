/* SPDX-License-Identifier: Apache-2.0 */
/* A side of `mica diff A B`: an image, IMAGE@N with its first N layers, a SOURCE, a branch, or the mount of one of these. The
 * mount of an image with its views is the image, the mount of an image up to a layer IMAGE@N. */
#ifndef MICA_ACT_DIFF_SIDE_H
#define MICA_ACT_DIFF_SIDE_H

#include "act/image_arg.h"
#include "show/image_study.h"

struct diff_side {
    struct image_arg arg;
    struct image_study study;
    bool branch;
    struct err err; /* the study's */
};

/* Opens what the word names, in this order: an image of the store, a mount of it by its mount point, a branch, a SOURCE. 0, or an
 * exit status after an error message. Call diff_side_done in every case. */
int diff_side_open(const struct cli *cli, const char *word, struct diff_side *ret);
void diff_side_done(struct diff_side *s);

/* A mount of the store. */
struct diff_mount {
    struct digest image;
    char *branch, *view; /* as in struct lease_info (disk/lease.h) */
};
/* Finds the mount at a directory. -ENOENT for no mount of the store, -ENOMEM. Call diff_mount_done after success. */
int diff_mount_at(struct store *s, const char *dir, struct diff_mount *ret);
void diff_mount_done(struct diff_mount *m);

#endif
