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
    int waited_fd;           /* processor_open_waited */
    uint64_t waited_ns;      /* what it said last */
    cpu_set_t allowed;       /* the receiver's processors, while it is confined to one */
    int cpu;                 /* the one it is confined to; -1: none */
    uint64_t pending_ns;     /* when the oldest answer that may be pending was handed over; 0: none is */
};

/* For the calling thread and answers to `fd` (-1: for none). Where the machine has one processor or no /proc,
 * there is nothing to follow. */
void follow_init(struct follower *f, int fd);
void follow_end(struct follower *f);

/* The processor of thread `program`; -1 when that is not to be known, or not allowed to the receiver. */
int follow_find(struct follower *f, pid_t program);

/* Confines the receiver to processor `cpu`, which follow_find has found. Where the kernel refuses, nothing is
 * changed. */
void follow_confine(struct follower *f, int cpu);

/* Gives the receiver its processors back. */
void follow_leave(struct follower *f);

/* Takes an answer over. False: the caller writes it. */
bool follow_take_answer(struct follower *f, uint64_t now_ns, const struct iovec *iov, int count);

/* May there be an answer that is not written? Then nobody waits longer than FOLLOW_PENDING_MS for the next
 * request. */
bool follow_is_pending(const struct follower *f);

/* No request has come for FOLLOW_PENDING_MS: writes what is pending. True when the replier was late. */
bool follow_is_late(struct follower *f);

/* A request has come: writes answers that it overtook. True when the replier was late. */
bool follow_next_request(struct follower *f, uint64_t now_ns);

/* The time for which the receiver has waited for its processor since the last call, in ns. */
uint64_t follow_waited_ns(struct follower *f);

/* Frees what is needed for requests alone. */
void follow_rest(struct follower *f);

#endif
