/* SPDX-License-Identifier: Apache-2.0 */
/* Find a shell for an image without one: a program of this machine that needs no other files. */
#ifndef MICA_CONTAINER_STATIC_SHELL_H
#define MICA_CONTAINER_STATIC_SHELL_H

#include <stdbool.h>

/* Is the open file a statically linked program for this machine? */
bool static_program(int fd);

/* Path of a static shell on this machine, or NULL. It may be a multi-call binary, which is a shell only when
 * called sh. */
const char *static_shell_find(void);

/* Path of a static init that forwards signals, reaps orphans, and takes "--" and a command; or NULL. */
const char *static_init_find(void);

#endif
