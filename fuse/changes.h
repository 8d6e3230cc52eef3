/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micafs --changes=FORM -o store=DIR,branch=NAME: tells what a branch changed, on standard output, without
 * mounting it; for mica, which does not know how a branch is written. It only reads, and takes no lock: who
 * asks for a layer holds the branch meanwhile; a list may be asked for while the branch is mounted.
 *
 *   list   for each change "KIND MODE SIZE /PATH" and a NUL: KIND is A, C or D, MODE st_mode in octal, SIZE
 *          decimal (0 but for regular files); an empty text ends the list
 *   layer  the OCI layer that makes those changes, an archive (store/tar/pax_writer.h); nothing at all where
 *          there are none
 *   whole  a layer of everything that the branch shows
 *
 * -o uidmapping=, gidmapping=: which ids a container of the user's has on this host, for what a branch that
 * keeps owners beside files says of others in attributes.
 */
#ifndef MICA_FUSE_CHANGES_H
#define MICA_FUSE_CHANGES_H

#include "changes_ids.h"
#include "os/err.h"
#include "union/changes.h"
#include "union/mount_options.h"

enum changes_form { CHANGES_LIST, CHANGES_LAYER, CHANGES_WHOLE };

/* Writes them to `out`; *ret_left_out is how many sockets a layer has no way to say. */
int changes_tell(const struct mount_options *o, enum changes_form form, int out, unsigned *ret_left_out,
                 struct err *err);

/* The archive (changes_layer.c); `ids` may be NULL: all are as they are. */
int changes_write_layer(struct un *u, const struct changes *c, const struct changes_ids *ids, int out,
                        unsigned *ret_left_out, struct err *err);

#endif
