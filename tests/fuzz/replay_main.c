/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs kept inputs through a fuzz target in an ordinary build, so that what a fuzzer once found stays found.
 *
 *     fuzz_TARGET FILE-OR-DIRECTORY...
 *
 * Each input lies in memory of just its size, so that a sanitizer sees the first byte read too far. Besides
 * an input itself, cuts and changed bytes of it are tried: always the same ones, so that a failure happens
 * again.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define INPUT_MAX (16u << 20)
#define CUTS      16
#define CHANGES   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void run_copy(const char *data, size_t size)
{
    cleanup_free uint8_t *copy = calloc(1, size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

static void run_variants(char *data, size_t size)
{
    uint64_t state = 0x9e3779b97f4a7c15u;

    run_copy(data, size);
    for (size_t i = 0; i < CUTS && size > 0; i++)
        run_copy(data, size * i / CUTS);
    for (size_t i = 0; i < CHANGES && size > 0; i++) {
        size_t at = next_random(&state) % size;
        char was = data[at];

        data[at] = (char)next_random(&state);
        run_copy(data, size);
        data[at] = was;
    }
}

static int run_file(int dirfd, const char *name)
{
    cleanup_free char *data = NULL;
    size_t size;
    cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : fd_slurp(fd, INPUT_MAX, &data, &size);

    if (r < 0) {
        fprintf(stderr, "%s: %s\n", name, strerror(-r));
        return 1;
    }
    fprintf(stderr, "%s: %zu bytes\n", name, size); /* the last line before a crash names the input */
    run_variants(data, size);
    return 0;
}

static int not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int run_directory(const char *path)
{
    struct dirent **names;
    cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int n = fd < 0 ? -1 : scandirat(fd, ".", &names, not_hidden, alphasort);
    int failed = 0;

    if (n < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    for (int i = 0; i < n; i++) {
        failed |= run_file(fd, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    if (n == 0)
        fprintf(stderr, "%s: no inputs\n", path);
    return failed || n == 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    struct stat st;

    run_copy("", 0);
    for (int i = 1; i < argc; i++) {
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            failed |= run_directory(argv[i]);
        else
            failed |= run_file(AT_FDCWD, argv[i]);
    }
    return failed;
}
