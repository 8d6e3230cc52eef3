/* SPDX-License-Identifier: Apache-2.0 */
/* A file's set-group-ID bit without the group's right to execute goes too when the file is changed by
 * somebody outside its group. The protocol speaks of the executable ones alone (FUSE_HANDLE_KILLPRIV_V2); the
 * kernel's own rule has been the wider one since 6.2. */
#ifndef MICA_GLUE_PRIVILEGES_H
#define MICA_GLUE_PRIVILEGES_H

#include "glue/context.h"

/* Must a change by the caller, who is said not to be able to keep privileges, take such a bit from a file? */
bool privileges_lose_sgid(fuse_req_t req, const struct stat *st);

#endif
