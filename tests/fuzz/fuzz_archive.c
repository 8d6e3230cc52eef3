/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's archive: whatever the bytes, unpacking ends with an error or with an index that is sound. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "import/unpack.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "tree/index.h"
#include "tree/index_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gives the input in runs of a size that no block of tar is a multiple of, so that records lie across runs.
 */
#define RUN 777

struct input {
    const uint8_t *data;
    size_t left;
};

static ssize_t next_run(void *ctx, const void **ret)
{
    struct input *in = ctx;
    size_t n = in->left < RUN ? in->left : RUN;

    *ret = in->data;
    in->data += n;
    in->left -= n;
    return (ssize_t)n;
}

static void must(int ok, const char *what, const struct err *err)
{
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", what, err->text);
    abort();
}

static void check_index(int dirfd)
{
    cleanup_fd int fd = openat(dirfd, "index", O_RDONLY | O_CLOEXEC);
    struct err err = {{0}};
    struct index *ix;

    must(fd >= 0, "an unpacked layer has no index", &err);
    must(index_open(fd, "the new index", INDEX_LAYER, &ix, &err) == 0, "the new index does not open", &err);
    must(index_verify(ix, &err) == 0, "the new index is not sound", &err);
    index_free(ix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct unpack_limits limits = {.max_files = 10000, .max_size = 16u << 20};
    char dir[] = "/dev/shm/mica-fuzz-XXXXXX", elsewhere[] = "/tmp/mica-fuzz-XXXXXX";
    const char *made = mkdtemp(dir) ? dir : mkdtemp(elsewhere);
    struct input in = {data, size};
    struct err err = {{0}};
    int fd, r;

    must(made != NULL, "cannot make a directory", &err);
    fd = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0, "cannot open a directory", &err);
    r = unpack_layer(next_run, &in, fd, NULL, &limits, &err);
    must(r >= -4095 && r <= 0, "not an errno", &err);
    must(r == 0 || err.text[0], "a failure without a line", &err);
    if (r == 0)
        check_index(fd);
    close(fd);
    must(beneath_remove(AT_FDCWD, made) == 0, "cannot clean up", &err);
    return 0;
}
