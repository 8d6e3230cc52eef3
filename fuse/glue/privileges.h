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

#endif
