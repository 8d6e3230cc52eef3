/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as a process: what it inherits, may use and gives up. */
#ifndef MICA_FUSE_PROCESS_H
#define MICA_FUSE_PROCESS_H

#include <stdbool.h>

/* Closes whatever was inherited beside 0, 1 and 2 except the `n` descriptors in `keep` (-1 is none): a daemon
 * must not hold its starter's locks and pipes for years. */
int process_close_inherited(const int *keep, unsigned n);

/* Goes on in the mount namespace that is the file `namespace`, at its root. A process of one thread alone can
 * do it. */
int process_enter_mounts(const char *namespace);

/* How many descriptors a cache of them may hold. */
unsigned process_cache_files(void);

/* Make room for `n` descriptors in the process's table of them. The kernel enlarges a table that threads share
 * only after every processor has passed a quiescent state (RCU): a request would wait for that, some 20 ms.
 * To be called while there is one thread; memory: 8 bytes each. */
void process_reserve_files(unsigned n);

/* Raises the limits of file size, memory, processor time and threads as far as it may: who mounts is not
 * everybody who uses the mount. */
void process_raise_limits(void);

/* Keeps the allocator from holding memory that is not used. */
void process_limit_memory(void);
/* Gives back to the system what the allocator holds and nobody uses. */
void process_trim_memory(void);

/* Is this the machine's first user namespace (and not a container's or an unprivileged user's own)? 1, 0 or
 * an error. */
int process_in_initial_namespace(void);

/* Does /proc show this process? One of a pid namespace in which it is not does not, and without it no
 * descriptor can be opened anew. */
bool process_is_in_proc(void);
/* Are the numbers of processes in /proc those that this one knows? */
bool process_knows_proc(void);

/* May this process give its files in the directory to other users? */
bool process_gives_away(const char *directory);

/* Is it certain that this process may read all files in these directories? Only who is above permissions may,
 * on file systems of this machine's: root; and root of a user namespace, but for files whose owners are not
 * of it, who are seen to be not (glue/reply.c). */
bool process_reads_all(const int *dirs, unsigned n);

/*
 * Once everything is mounted: gives up what serving and unmounting do not need (capabilities, and root's
 * supplementary groups), and for root every way to get it back. An ordinary user needs the setuid fusermount3
 * to unmount. `follows`: the daemon may follow programs (glue/idle_watch.h). To be called while there is one
 * thread.
 */
int process_drop_privileges(bool writable, bool follows);

#endif
