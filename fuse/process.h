/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's process: inherited state, limits and privileges. */
#ifndef MICA_FUSE_PROCESS_H
#define MICA_FUSE_PROCESS_H

#include <stdbool.h>

/* Closes inherited descriptors other than 0, 1, 2 and the `n` in `keep` (-1 is none): a daemon must not
 * hold its parent's locks and pipes for years. */
int process_close_inherited(const int *keep, unsigned n);

/* Enters the mount namespace of the file `namespace`, at its root. Requires a single thread. */
int process_enter_mounts(const char *namespace);

/* Returns the size for a cache of descriptors. */
unsigned process_cache_files(void);

/* Enlarges the process's descriptor table to `n`. For a table shared by threads the kernel waits until
 * every processor has passed a quiescent state (RCU), which would delay a request by some 20 ms. Call
 * while there is one thread; memory: 8 bytes each. */
void process_reserve_files(unsigned n);

/* Raises the limits of file size, memory, processor time and threads as far as permitted: they would apply
 * to all users of the mount. */
void process_raise_limits(void);

/* Configures the allocator to release unused memory. */
void process_limit_memory(void);
/* Returns unused memory of the allocator to the system. */
void process_trim_memory(void);

/* Does /proc show this process? A /proc of another pid namespace may not, and without it no descriptor can
 * be reopened. */
bool process_is_in_proc(void);
/* Do the process ids in /proc belong to this process's pid namespace? */
bool process_knows_proc(void);

/* May this process change owners of its files in the directory? */
bool process_gives_away(const char *directory);

/* May this process certainly read all files in these directories? On local file systems that is root; and
 * root of a user namespace, except for files whose owners are not mapped, which are recognised by that
 * (glue/reply.c). */
bool process_reads_all(const int *dirs, unsigned n);

/* Call once everything is mounted: drops the privileges that serving and unmounting do not need
 * (capabilities, and root's supplementary groups), for root irrevocably. An ordinary user needs the setuid
 * fusermount3 to unmount. `follows`: the daemon may follow programs (glue/idle_watch.h). Call while there
 * is one thread. */
int process_drop_privileges(bool writable, bool follows);

#endif
