/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of buffers from one thread to one other. The buffers are made once and go round, so that
 * memory is what it is from the start. Either side can leave at any time; the other one notices at its next
 * call and never waits for one that is gone.
 */
#ifndef MICA_IMPORT_CHANNEL_H
#define MICA_IMPORT_CHANNEL_H

#include <stddef.h>
#include <sys/types.h>

struct channel;

/* `buffers` of `size` bytes each, at least 2 (one may be filled while the other one is looked at). NULL
 * without memory. */
struct channel *channel_new(unsigned buffers, size_t size);
/* Once both sides have left. NULL-safe. */
void channel_free(struct channel *c);

/* The sender: waits for an empty buffer and returns it, or NULL when the receiver has left. It is the
 * sender's until it is committed. */
void *channel_reserve(struct channel *c);
/* Hands over the first `len` (> 0) bytes of the reserved buffer. */
void channel_commit(struct channel *c, size_t len);
/* The sender leaves: `status` is 0 or the negative errno that the receiver gets behind all that was handed
 * over. */
void channel_end(struct channel *c, int status);

/* The receiver: waits for the next buffer, which is its own until the next call. Returns its length; at the
 * end what channel_end said, again and again. */
ssize_t channel_receive(struct channel *c, const void **ret);
/* The receiver leaves. */
void channel_abandon(struct channel *c);

#endif
