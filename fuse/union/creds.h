/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making files as somebody else: the file system then decides about owner, group and access list as it does
 * for that user. The thread's own capabilities stay.
 */
#ifndef MICA_UNION_CREDS_H
#define MICA_UNION_CREDS_H

#include "union/union.h"

/* To be called once, before there are threads: without it capabilities go with the user ID. Does nothing for
 * an ordinary user, who makes files as himself only. */
void creds_init(void);

/* This thread makes files for `c`, until creds_own. -EPERM where it may not. */
int creds_as(const struct un_caller *c);
void creds_own(void);

#endif
