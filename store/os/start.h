/* SPDX-License-Identifier: Apache-2.0 */
/* The state that a process inherits from its parent and that its own code and libraries rely on: standard
 * descriptors, signal dispositions and mask, umask, limits, environment. Both programs set it first, and
 * again before they execute a foreign program. */
#ifndef MICA_OS_START_H
#define MICA_OS_START_H

/*
 * Call this first in main(). It ensures:
 *
 * - descriptors 0 to 2 are open, so that no file gets the number of a standard stream. One that was closed
 *   stays unusable: reading or writing it gives EBADF, as before;
 * - SIGCHLD has its default, without which no child can be waited for; SIGXFSZ is ignored, so that a write
 *   beyond a limit fails instead of ending the process; no signal is blocked. Other ignored signals stay
 *   ignored, as nohup(1) needs it;
 * - the umask keeps the owner's bits;
 * - the limit of open files is the hard limit.
 *
 * Returns 0 or a negative errno if a standard descriptor cannot be opened.
 */
int start_process(void);

/* Prepares a child for the exec of a foreign program: default signals, umask 022, the limit of open files
 * that container engines set. */
void start_as_program(void);

/* Sets FD_CLOEXEC on descriptor `from` and all above. Returns 0 or a negative errno. */
int start_close_on_exec(int from);

/* Closes inherited descriptors above the standard ones: all without FD_CLOEXEC, because mica opens its own
 * with O_CLOEXEC. Returns 0 or a negative errno. */
int start_close_inherited(void);

/* Wipes the environment in memory, where others may read it (/proc/PID/environ), and keeps only the
 * variables of `names`, a NULL-terminated list. Earlier results of getenv() become invalid. Only one
 * thread may run. */
void start_forget_environment(const char *const *names);

#endif
