/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micafs --changes=FORM -o store=DIR,branch=NAME: writes a branch's changes to standard output without
 * mounting it; for mica, which does not know the format of branches. Only reads, and takes no lock: mica
 * holds the branch meanwhile for a layer; a list is possible while the branch is mounted.
 *
 *   list   for each change "KIND MODE SIZE /PATH" and a NUL: KIND is A, C or D, MODE st_mode in octal, SIZE
 *          decimal (0 but for regular files); an empty text ends the list
 *   layer  the OCI layer that makes those changes, an archive (store/tar/pax_writer.h); empty if there are
 *          none
 *   whole  a layer of everything that the branch shows
 *
 * -o uidmapping=, gidmapping=: the ids that the user's containers have on this host, for ids in attributes of
 * a branch that keeps owners beside files.
 */
#ifndef MICA_FUSE_CHANGES_H
#define MICA_FUSE_CHANGES_H

#include "changes_ids.h"
#include "os/err.h"
#include "union/changes.h"
#include "union/mount_options.h"

enum changes_form { CHANGES_LIST, CHANGES_LAYER, CHANGES_WHOLE };

/* Writes the list to `out`; *ret_left_out is the number of sockets, which a layer cannot contain. */
int changes_tell(const struct mount_options *o, enum changes_form form, int out, unsigned *ret_left_out,
                 struct err *err);

#endif
