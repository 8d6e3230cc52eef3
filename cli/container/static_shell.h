/* SPDX-License-Identifier: Apache-2.0 */
/* A shell for an image that has none: a program of this machine that needs no files beside it. */
#ifndef MICA_CONTAINER_STATIC_SHELL_H
#define MICA_CONTAINER_STATIC_SHELL_H

#include <stdbool.h>

/* Does an open file hold a program for this machine that is linked statically? */
bool static_program(int fd);

/* Path of one that is here, or NULL. It may be several programs in one, and a shell only when called sh. */
const char *static_shell_find(void);

/* The same of a process 1 that passes signals on and waits for orphans, which takes "--" and a command. */
const char *static_init_find(void);

#endif
