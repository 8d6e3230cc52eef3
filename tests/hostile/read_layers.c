/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_layers DIRECTORY ARCHIVE...: unpacks each archive as import does and prints what its layer holds, as
 * tests/unit/import/layer_dump.h has it, or "refused: LINE". Behind each comes a line "end".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "import/unpack.h"
#include "layer_dump.h"
#include "os/beneath.h"
#include "os/cleanup.h"

/* Runs of a size that no block of tar is a multiple of. */
#define RUN 4099

struct input {
    int fd;
    char run[RUN];
};

static ssize_t next_run(void *ctx, const void **ret)
{
    struct input *in = ctx;

    *ret = in->run;
    return read(in->fd, in->run, RUN);
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void read_one(const char *archive, int dirfd)
{
    static const struct unpack_limits limits = {.max_files = 10000, .max_size = 1u << 30};
    struct input in = {.fd = open(archive, O_RDONLY | O_CLOEXEC)};
    cleanup_buf struct buf text = BUF_INIT;
    struct err err = {{0}};

    if (in.fd < 0)
        die(archive);
    if (unpack_layer(next_run, &in, dirfd, NULL, &limits, &err) < 0)
        printf("refused: %s\n", err.text);
    else
        layer_dump(dirfd, &text);
    close(in.fd);
    printf("%send\n", text.len ? buf_str(&text) : "");
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        cleanup_free char *dir = NULL;
        cleanup_fd int fd = -1;

        if (asprintf(&dir, "%s/layer-XXXXXX", argv[1]) < 0 || !mkdtemp(dir))
            die("mkdtemp");
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            die(dir);
        read_one(argv[i], fd);
        if (beneath_remove(AT_FDCWD, dir) < 0)
            die(dir);
    }
    return 0;
}
