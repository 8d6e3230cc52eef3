/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: where another process's thread runs, and how long the calling thread has waited for one. */
#ifndef MICA_GLUE_PROCESSOR_H
#define MICA_GLUE_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The processor that thread `pid` runs on or ran on last, from /proc/PID/stat (proc(5), field 39). -1 when it
 * is not to be known: the thread has ended, belongs to another PID namespace, or /proc hides it. */
int processor_of(pid_t pid);

/* As processor_of, from the text of that file. */
int processor_parse(const char *stat);

/* Opens what processor_waited_ns reads, for the calling thread. A descriptor or a negative errno. */
int processor_open_waited(void);

/* The time in ns that the thread which opened `fd` has been ready to run without a processor, since it began
 * (/proc/PID/schedstat, second number). 0 when it cannot be read. */
uint64_t processor_waited_ns(int fd);

#endif
