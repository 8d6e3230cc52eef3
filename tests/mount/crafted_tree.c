/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a tree of a store one that means harm: crafted_tree FILE NAME INODE. The names in the tree that are
 * NAME lead to inode INODE, as directories; all checksums are right. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <fcntl.h>

#include "tree/index_format.h"

static void lead(uint8_t *file, const char *name, uint32_t inode)
{
    struct index_header h;

    memcpy(&h, file, sizeof(h));
    for (uint64_t i = 0; i < le64toh(h.names.count); i++) {
        uint8_t *at = file + le64toh(h.names.offset) + i * sizeof(struct index_name_record);
        struct index_name_record r;

        memcpy(&r, at, sizeof(r));
        if (r.len != strlen(name) ||
            memcmp(file + le64toh(h.text.offset) + le32toh(r.text), name, r.len) != 0)
            continue;
        r.inode = htole32(inode);
        r.type = DT_DIR;
        memcpy(at, &r, sizeof(r));
    }
}

static void put_checksums_right(uint8_t *file)
{
    struct index_header h;
    uint64_t sums;

    memcpy(&h, file, sizeof(h));
    sums = le64toh(h.sums.offset);
    for (uint64_t b = 0; b < le64toh(h.sums.count); b++) {
        uint64_t from = b ? b * INDEX_BLOCK : sizeof(h);
        uint64_t end = sums - b * INDEX_BLOCK < INDEX_BLOCK ? sums : (b + 1) * INDEX_BLOCK;
        uint64_t sum = htole64(XXH3_64bits(file + from, end - from));

        memcpy(file + sums + b * sizeof(sum), &sum, sizeof(sum));
    }
    h.sums_sum = htole64(XXH3_64bits(file + sums, le64toh(h.sums.count) * sizeof(uint64_t)));
    h.header_sum = htole64(XXH3_64bits(&h, offsetof(struct index_header, header_sum)));
    memcpy(file, &h, sizeof(h));
}

int main(int argc, char **argv)
{
    struct stat st;
    uint8_t *file;
    int fd = argc == 4 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0 || fstat(fd, &st) < 0)
        return 2;
    file = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return 2;
    lead(file, argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    put_checksums_right(file);
    munmap(file, (size_t)st.st_size);
    close(fd);
    return 0;
}
