/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serving a program from the processor that it runs on: the mechanism of WAKE_FOLLOW (receive.h).
 *
 * The receiver is confined to the program's processor, under the normal policy: it competes with everybody
 * else there as before. Answers are written by a replier on the same processor (replier.h), and by the
 * receiver where the replier does not get to it. All functions are the receiver's.
 */
#ifndef MICA_GLUE_FOLLOW_H
#define MICA_GLUE_FOLLOW_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* An answer that is not written after this long is written by the receiver. */
#define FOLLOW_PENDING_MS 5

struct replier;

struct follower {
    struct replier *replier; /* NULL: this machine has nothing to follow with */
    int waited_fd;           /* from processor_open_waited */
    uint64_t waited_ns;      /* its latest value */
    cpu_set_t allowed;       /* the receiver's processors, while it is confined to one */
    int cpu;                 /* the one it is confined to; -1: none */
    uint64_t pending_ns;     /* time at which the oldest pending reply was handed over; 0: none is pending */
};

/* For the calling thread and replies to `fd` (-1: for none). Does nothing on a machine with one processor or
 * without /proc. */
void follow_init(struct follower *f, int fd);
void follow_end(struct follower *f);

/* Find the processor of thread `program`; -1 if unknown, or not allowed to the receiver. */
int follow_find(struct follower *f, pid_t program);

/* Confine the receiver to processor `cpu`, from follow_find. Does nothing if the kernel refuses. */
void follow_confine(struct follower *f, int cpu);

/* Restore the receiver's processors. */
void follow_leave(struct follower *f);

/* Take over a reply. False: the caller writes it. */
bool follow_take_answer(struct follower *f, uint64_t now_ns, const struct iovec *iov, int count);

/* May a reply be unwritten? Then wait at most FOLLOW_PENDING_MS for the next request. */
bool follow_is_pending(const struct follower *f);

/* After FOLLOW_PENDING_MS without a request, write pending replies. True if the replier was late. */
bool follow_is_late(struct follower *f);

/* After a request arrives, write replies that it overtook. True if the replier was late. */
bool follow_next_request(struct follower *f, uint64_t now_ns);

/* Time in ns that the receiver has waited for its processor since the last call. */
uint64_t follow_waited_ns(struct follower *f);

/* Free buffers while the mount is idle. */
void follow_rest(struct follower *f);

#endif
