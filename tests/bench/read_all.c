/* SPDX-License-Identifier: Apache-2.0 */
/* Reads every regular file below a directory, with one buffer: what a benchmark wants to see is the file
 * system, not the mapping of a new buffer for each file that cat(1) makes. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[128 * 1024];

static int read_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    ssize_t n = 0;
    int fd;

    (void)ftw;
    if (type != FTW_F || !S_ISREG(st->st_mode))
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
        ;
    if (fd < 0 || n < 0) {
        fprintf(stderr, "read_all: %s: %s\n", path, strerror(errno));
        return 1;
    }
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: read_all DIR\n");
        return 2;
    }
    return nftw(argv[1], read_file, 64, FTW_PHYS | FTW_MOUNT) == 0 ? 0 : 1;
}
