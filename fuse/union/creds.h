/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials for creating files: the file system decides on owner, group and access list as for the caller.
 * The thread keeps its own capabilities.
 */
#ifndef MICA_UNION_CREDS_H
#define MICA_UNION_CREDS_H

#include "union/union.h"

/* Call once, before threads start: keeps the capabilities when the user ID changes. Does nothing for an
 * ordinary user, who creates files as himself only. */
void creds_init(void);

/* Take on the credentials of `c` in this thread until creds_own. -EPERM if not permitted. */
int creds_as(const struct un_caller *c);
void creds_own(void);

#endif
