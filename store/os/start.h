/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state that a process inherits from its starter, and that its own code and libraries rely on: standard
 * descriptors, dispositions and mask of signals, umask, limits, environment. Both programs set it first of
 * all, and once more for every program of somebody else that they become.
 */
#ifndef MICA_OS_START_H
#define MICA_OS_START_H

/*
 * To be called first in main():
 *
 * - descriptors 0 to 2 are open, so that no file gets the number of a standard stream. One that was closed
 *   stays unusable: to read or to write it gives EBADF, as it would have;
 * - SIGCHLD has its default, without which no child can be waited for; SIGXFSZ is ignored, so that a write
 *   beyond a limit fails instead of ending the process; no signal is blocked. Other signals that are ignored
 *   stay so, as nohup(1) wants it;
 * - the umask leaves the owner's bits alone;
 * - as many files may be open as the hard limit allows.
 *
 * 0 or a negative errno: a standard descriptor cannot be opened.
 */
int start_process(void);

/* In a child that is about to become a program of somebody else: signals as at the start of a program,
 * umask 022, files as many as container engines give. */
void start_as_program(void);

/* Marks descriptor `from` and all above to be closed by exec. 0 or a negative errno. */
int start_close_on_exec(int from);

/* Closes what was inherited above the standard descriptors: all that exec would not close, as mica's own
 * descriptors are O_CLOEXEC from birth. 0 or a negative errno. */
int start_close_inherited(void);

/* Wipes the environment where others may read it (/proc/PID/environ), and keeps the variables of `names`
 * alone, whose list ends with NULL. What getenv() has returned before is gone. Only one thread may run. */
void start_forget_environment(const char *const *names);

#endif
