/* SPDX-License-Identifier: Apache-2.0 */
#include "act/branch_study.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/branch_stream.h"
#include "act/interrupt.h"
#include "act/temporary.h"
#include "import/import.h"
#include "import/unpack.h"
#include "os/cleanup.h"
#include "os/fd.h"

enum {
    CHUNK = 64 << 10,
};

/* The stream's reader. */
struct reading {
    int fd;
    uint64_t done;
    char chunk[CHUNK];
};

static ssize_t receive(void *ctx, const void **ret)
{
    struct reading *r = ctx;
    ssize_t n = *interrupt_flag() ? -ECANCELED : fd_read(r->fd, r->chunk, sizeof r->chunk);

    *ret = r->chunk;
    r->done += n > 0 ? (uint64_t)n : 0;
    return n;
}

/* Reads to the end, behind the end of the archive. */
static int drain(struct reading *r)
{
    const void *rest;
    ssize_t n;

    while ((n = receive(r, &rest)) > 0)
        ;
    return n < 0 ? (int)n : 0;
}

static int unpack(struct reading *reading, int dir, struct err *err)
{
    struct import_limits limits;
    int r;

    import_limits_default(&limits);
    r = unpack_layer(receive, reading, dir, NULL,
                     &(struct unpack_limits){limits.max_files, limits.max_layer_size}, err);
    return r < 0 ? r : drain(reading);
}

/* Makes the index of the branch's layer in `dir`; *ret is NULL for a branch without changes. */
static int make_index(struct store *s, const char *branch, int dir, struct index **ret, struct err *err)
{
    struct branch_stream stream;
    cleanup_free struct reading *reading = calloc(1, sizeof *reading);
    cleanup_fd int fd = -1;
    int r = reading ? branch_stream_start(s, branch, "layer", &stream, err)
                    : err_set(err, ENOMEM, "out of memory");

    if (r < 0)
        return r;
    reading->fd = stream.fd;
    r = unpack(reading, dir, err);
    int ended = branch_stream_end(&stream, r < 0, err);
    if (reading->done == 0 && ended == 0) /* nothing changed */
        return 0;
    if (r == 0)
        r = ended;
    if (r < 0)
        return r == -ECANCELED || err->text[0] ? r : err_errno(err, -r, "cannot read branch %s", branch);
    fd = openat(dir, "index", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_errno(err, errno, "cannot open the index of branch %s", branch)
                  : index_open(fd, branch, INDEX_LAYER, ret, err);
}

static int find_image(struct store *s, const char *branch, struct image *ret, struct err *err)
{
    struct branch_hold *hold = NULL;
    struct branch_info info = {0};
    char digest[DIGEST_STRING_MAX];
    int r = store_branch_look(s, branch, &hold, err);

    if (r == 0)
        r = store_branch_info(hold, &info, err);
    store_branch_release(hold);
    if (r == 0)
        r = store_find_image(s, digest_string(&info.manifest, digest), ret, err);
    branch_info_clear(&info);
    return r;
}

int branch_study_open(struct store *s, const char *branch, struct image *ret_image, struct image_study *ret,
                      struct err *err)
{
    struct temporary_dir tmp = TEMPORARY_DIR_INIT;
    struct index *top = NULL;
    int r = find_image(s, branch, ret_image, err);

    if (r < 0)
        return r;
    interrupt_catch();
    r = temporary_dir_make(&tmp, err);
    if (r == 0)
        r = make_index(s, branch, tmp.fd, &top, err);
    temporary_dir_remove(&tmp);
    if (r == 0)
        r = image_study_open_with(s, ret_image, top, ret, err);
    else
        index_free(top);
    return r;
}
