/* SPDX-License-Identifier: Apache-2.0 */
/* Viewing a file of an image in $PAGER (less), to which it comes through a pipe: inert, whatever the pager does with it. */
#ifndef MICA_SCREEN_PAGER_H
#define MICA_SCREEN_PAGER_H

#include "screen/terminal.h"
#include "tree/index.h"

/* `fd` has the content of `in` at `at`. Returns when the user leaves the pager. */
int pager_show(struct terminal *t, int fd, uint64_t at, const struct index_inode *in, struct err *err);

#endif
