/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that writes replies under SCHED_IDLE, so that the requesting program continues on its processor.
 *
 * When a reply is written, the scheduler looks for a processor for the program that waits for it. It takes the
 * program's last one only if that is idle or runs only SCHED_IDLE threads; otherwise it wakes another processor,
 * which costs more than the request. So the thread that receives and works stays under the normal policy, on the
 * program's processor, and hands its reply to the replier on the same processor. It then sleeps, the replier writes,
 * and the program gets the processor back at once.
 *
 * Any other thread can starve the replier, which cannot leave SCHED_IDLE without privileges. Therefore the replier
 * holds no lock and does nothing but that one write(2), and the receiver writes a reply that the replier does not
 * write in time: replier_rescue. The kernel accepts a reply once; the second write of it finds no such request
 * (ENOENT).
 *
 * All functions are called by one thread, the receiver.
 */
#ifndef MICA_GLUE_REPLIER_H
#define MICA_GLUE_REPLIER_H

#include <sched.h>
#include <stdbool.h>
#include <sys/uio.h>

/* The longest reply that is handed over, in bytes. */
#define REPLIER_ANSWER_MAX ((128u << 10) + 4096)

struct replier;

/* For replies to `fd` (borrowed). Starts no thread. NULL without memory. */
struct replier *replier_new(int fd);

/* Write the replies not written yet, then end the thread. NULL-safe. */
void replier_free(struct replier *r);

/* Start the thread, unless it runs, and confine it to `cpus`. 0 or a negative errno. */
int replier_place(struct replier *r, const cpu_set_t *cpus);

/* Copy a reply and hand it over. False (too long, no memory, too many pending, no thread): the caller writes
 * it. */
bool replier_put(struct replier *r, const struct iovec *iov, int count);

/* May a reply not have reached the kernel yet? */
bool replier_is_pending(const struct replier *r);

/* Write the replies that the replier has not claimed. */
void replier_write_unclaimed(struct replier *r);

/* Write all replies that may be pending. True if the kernel lacked one of them. */
bool replier_rescue(struct replier *r);

/* Free the memory of written replies. */
void replier_rest(struct replier *r);

#endif
