/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: where another process's thread runs, and how long the calling thread has waited for one. */
#ifndef MICA_GLUE_PROCESSOR_H
#define MICA_GLUE_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Find the processor of thread `pid`, current or latest, from /proc/PID/stat (proc(5), field 39). -1 if
 * unknown: the thread has ended, belongs to another PID namespace, or /proc hides it. */
int processor_of(pid_t pid);

/* Does thread `pid` run, or wait for a processor alone? False if unknown. */
bool processor_is_taken(pid_t pid);

/* Parse the text of that file; as processor_of. */
int processor_parse(const char *stat);

/* Open the file of processor_waited_ns, for the calling thread. A descriptor or a negative errno. */
int processor_open_waited(void);

/* Time in ns that the thread which opened `fd` has been runnable without a processor, since it started
 * (/proc/PID/schedstat, second number). 0 if unreadable. */
uint64_t processor_waited_ns(int fd);

#endif
