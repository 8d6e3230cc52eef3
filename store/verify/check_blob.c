/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a blob's bytes with its digest. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/work.h"

#define CHUNK (256u << 10)

static int hash_file(struct check *c, int fd, struct digest_stream *hash)
{
    cleanup_free char *buf = malloc(CHUNK);
    ssize_t n;

    if (!buf)
        return -ENOMEM;
    while ((n = fd_read(fd, buf, CHUNK)) > 0) {
        if (check_cancelled(c))
            return -ECANCELED;
        if (digest_stream_update(hash, buf, (size_t)n) < 0)
            return -ENOMEM;
        check_progress(c, (uint64_t)n);
    }
    return (int)n;
}

static int digest_file(struct check *c, const struct object *o, struct digest *ret)
{
    struct digest_stream *hash = digest_stream_new(o->digest.alg);
    cleanup_fd int fd = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_NONBLOCK, 0);
    int r = fd < 0 ? fd : hash ? 0 : -ENOMEM;

    if (r == 0) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        r = hash_file(c, fd, hash);
    }
    if (r == 0 && digest_stream_final(hash, ret) < 0)
        r = -ENOMEM;
    digest_stream_free(hash);
    return r;
}

void check_blob(struct check *c, struct object *o)
{
    char text[DIGEST_STRING_MAX];
    struct digest have;
    int r = digest_file(c, o, &have);

    if (check_is_trouble(r))
        check_failed(c, r, o->path);
    else if (r < 0)
        check_note_object(c, o, check_fault_of(r, VERIFY_CONTENT), NULL, "%s", strerror(-r));
    else if (!digest_equal(&have, &o->digest))
        check_note_object(c, o, VERIFY_CONTENT, NULL, "its bytes have the digest %s",
                          digest_string(&have, text));
    else
        o->state = OBJECT_SOUND;
}
