/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of a file leaves it of the privileges that it gives who executes it.
 *
 * A file's set-group-ID bit without the group's right to execute goes too when the file is changed by
 * somebody outside its group. The protocol speaks of the executable ones alone (FUSE_HANDLE_KILLPRIV_V2); the
 * kernel's own rule has been the wider one since 6.2. Whoever is root in a user namespace of his own
 * is like a member of every group there is in it, but does not keep more than that (CAP_FSETID counts only in
 * the first namespace).
 */
#ifndef MICA_GLUE_PRIVILEGES_H
#define MICA_GLUE_PRIVILEGES_H

#include "glue/context.h"

/* With a change of content of which the kernel does not say it: may the caller leave a file its privileges?
 * Whether he has CAP_FSETID is not known, but root usually has. */
bool privileges_may_keep(fuse_req_t req);

/* Must a change by the caller, who is said not to be able to keep privileges, take such a bit from a file? */
bool privileges_lose_sgid(fuse_req_t req, const struct stat *st);

/*
 * Where owners are squashed a file is shown as one user's, and is another's on disk, the daemon's as a rule.
 * Whoever is shown as its owner may change it, but not give it what would be the rights of that other:
 * whoever gets at the file on disk could execute it.
 */
/* `mode` of what the caller makes or changes, with the type, less those bits. */
mode_t privileges_may_set(fuse_req_t req, mode_t mode);
/* Is a file to lose them with any change of its content, through a mapping, too, of which the kernel says
 * neither who made it nor that they are to go? */
bool privileges_lose_all(const struct glue *g);

#endif
