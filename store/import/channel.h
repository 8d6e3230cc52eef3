/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue of buffers from one thread to another. All buffers are allocated at the start and
 * reused. Either side can leave at any time; the other side's next call returns instead of waiting. */
#ifndef MICA_IMPORT_CHANNEL_H
#define MICA_IMPORT_CHANNEL_H

#include <stddef.h>
#include <sys/types.h>

struct channel;

/* Makes a channel of `buffers` buffers (at least 2, so that one can be filled while the other is read) of
 * `size` bytes each. NULL on lack of memory. */
struct channel *channel_new(unsigned buffers, size_t size);
/* Frees the channel after both sides have left. NULL-safe. */
void channel_free(struct channel *c);

/* Sender: waits for an empty buffer and returns it, or NULL if the receiver has left. The sender owns it
 * until channel_commit. */
void *channel_reserve(struct channel *c);
/* Passes the first `len` (> 0) bytes of the reserved buffer to the receiver. */
void channel_commit(struct channel *c, size_t len);
/* The sender leaves: the receiver gets `status`, 0 or a negative errno, after all buffers. */
void channel_end(struct channel *c, int status);

/* Receiver: waits for the next buffer, valid until the next call. Returns its length; at the end always
 * the status of channel_end. */
ssize_t channel_receive(struct channel *c, const void **ret);
/* The receiver leaves. */
void channel_abandon(struct channel *c);

#endif
