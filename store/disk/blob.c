/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: files named by the digest of their bytes. */
#include <errno.h>

#include "disk/object.h"
#include "disk/store.h"
#include "os/cleanup.h"
#include "os/fd.h"

bool store_has_blob(struct store *s, const struct digest *d)
{
    return object_exists(store_with(s, OBJECT_BLOB, d), OBJECT_BLOB, d);
}

int store_open_blob(struct store *s, const struct digest *d, uint64_t *ret_size, struct err *err)
{
    return object_open(store_with(s, OBJECT_BLOB, d), OBJECT_BLOB, d, ret_size, err);
}

int store_read_blob(struct store *s, const struct digest *d, char **ret, size_t *ret_len, struct err *err)
{
    cleanup_free char *data = NULL;
    char text[DIGEST_STRING_MAX];
    struct digest actual;
    size_t len;
    cleanup_fd int fd = store_open_blob(s, d, NULL, err);
    int r;

    if (fd < 0)
        return fd;
    digest_string(d, text);
    r = fd_slurp(fd, MANIFEST_MAX_BYTES, &data, &len);
    if (r == -EFBIG)
        return err_set(err, EFBIG, "blob %s is no manifest or config: it has more than %u bytes", text,
                       MANIFEST_MAX_BYTES);
    if (r == 0)
        r = digest_of(d->alg, data, len, &actual);
    if (r < 0)
        return err_errno(err, -r, "cannot read blob %s in %s", text, s->path);
    if (!digest_equal(&actual, d))
        return err_set(err, EBADMSG, "blob %s in %s is damaged: its bytes have another digest", text,
                       s->path);
    *ret = steal_ptr(&data);
    *ret_len = len;
    return 0;
}
