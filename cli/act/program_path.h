/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_ACT_PROGRAM_PATH_H
#define MICA_ACT_PROGRAM_PATH_H

/* Find an executable program in PATH, whose relative directories are passed over: its absolute path in fresh
 * memory, or NULL. */
char *program_find(const char *name);

#endif
