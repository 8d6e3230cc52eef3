/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves a program from the processor that it runs on: the mechanism of WAKE_FOLLOW (receive.h).
 *
 * The receiver is confined to the program's processor. Replies are written under SCHED_IDLE. If the receiver may
 * leave that policy again, it works under it itself, and a watchdog keeps it from starving (idle_watch.h). Otherwise
 * it works under the normal policy, like any other thread; replies are written by a replier on the same processor
 * (replier.h), or by the receiver if the replier gets no time. All functions are called by the receiver.
 */
#ifndef MICA_GLUE_FOLLOW_H
#define MICA_GLUE_FOLLOW_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The receiver itself writes a reply that is unwritten after this time. */
#define FOLLOW_PENDING_MS 5

struct idle_watch;
struct replier;

struct follower {
    int fd;
    bool tried;               /* to make the next */
    struct idle_watch *watch; /* NULL: the replier writes */
    struct replier *replier;  /* NULL: no replier on this machine */
    int waited_fd;            /* from processor_open_waited */
    uint64_t waited_ns;       /* its latest value */
    cpu_set_t allowed;        /* the receiver's processors, while it is confined to one */
    int cpu;                  /* the one it is confined to; -1: none */
    uint64_t left_ns;         /* time for which programs had the processor while replies were written */
    uint64_t pending_ns;      /* time at which the oldest pending reply was handed over; 0: none is pending */
};

/* The latest request. */
struct follow_request {
    uint64_t received_ns;
    pid_t program;
};

/* For the calling thread and replies to `fd` (-1: for none). Does nothing on a machine with one processor or
 * without /proc. */
void follow_init(struct follower *f, int fd);
void follow_end(struct follower *f);

/* Find the processor of thread `program`; -1 if unknown, or not allowed to the receiver. */
int follow_find(struct follower *f, pid_t program);

/* Confine the receiver to processor `cpu`, from follow_find. Does nothing if the kernel refuses. */
void follow_confine(struct follower *f, int cpu);

/* Is the receiver confined to processor `cpu`? */
bool follow_is_at(const struct follower *f, int cpu);

/* Does another thread write the replies, as far as is known? */
bool follow_hands_over(const struct follower *f);

/* Restore the receiver's processors. */
void follow_leave(struct follower *f);

/* Write a reply, or hand it over to be written: *ret as of writev(2). False: the caller writes it. */
bool follow_write(struct follower *f, const struct follow_request *q, const struct iovec *iov, int count,
                  ssize_t *ret);

/* May a reply be unwritten? Then wait at most FOLLOW_PENDING_MS for the next request. */
bool follow_is_pending(const struct follower *f);

/* After FOLLOW_PENDING_MS without a request, write pending replies. True if the replier was late. */
bool follow_is_late(struct follower *f);

/* Call before waiting for a request, and before reading one. */
void follow_waits(struct follower *f);
void follow_reads(struct follower *f);

/* After a request arrives, write replies that it overtook. True if the receiver or the replier was late. */
bool follow_next_request(struct follower *f, uint64_t now_ns);

/* Time in ns that the receiver has waited for its processor since the last call, without the time for which it left
 * the processor to a program that it had replied to. */
uint64_t follow_waited_ns(struct follower *f);

/* Returns the processors for a new thread that does not receive, which has to leave SCHED_IDLE, too; NULL: as its
 * creator. */
const cpu_set_t *follow_processors(const struct follower *f);

/* Free buffers while the mount is idle, and leave SCHED_IDLE. */
void follow_rest(struct follower *f);

#endif
