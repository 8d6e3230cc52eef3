/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The privileges that a changed file loses: set-user-ID, set-group-ID and capabilities.
 *
 * A file's set-group-ID bit without group execute permission is cleared, too, if a process outside its group changes
 * the file. The protocol covers only executable files (FUSE_HANDLE_KILLPRIV_V2); the kernel's own rule has been the
 * wider one since 6.2. Root of a user namespace counts as a member of every group in it, but keeps no further
 * privileges (CAP_FSETID counts only in the initial namespace).
 */
#ifndef MICA_GLUE_PRIVILEGES_H
#define MICA_GLUE_PRIVILEGES_H

#include "glue/context.h"

/* For a change of content without a flag of the kernel: may the caller keep the file's privileges? CAP_FSETID
 * is not known, but root usually has it. */
bool privileges_may_keep(fuse_req_t req);

/* Must a change drop set-group-ID, for a caller who cannot keep privileges? */
bool privileges_lose_sgid(fuse_req_t req, const struct stat *st);

/*
 * With squashed owners a file is shown as one user's, and belongs to another on disk, usually the daemon's.
 * The shown owner may change it, but not give it set-user-ID or set-group-ID, which would be the real owner's
 * rights for anybody who can execute the file on disk.
 */
/* Remove these bits from the `mode`, with type, of a file that the caller creates or changes. */
mode_t privileges_may_set(fuse_req_t req, mode_t mode);
/* Must any change of content drop the privileges, also through a mapping, for which the kernel names neither
 * caller nor flag? */
bool privileges_lose_all(const struct glue *g);

#endif
