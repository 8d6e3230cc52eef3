/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "tree/index_map.h"
#include "tree/places_format.h"

struct places {
    struct index_map map;
    uint64_t count;
    dev_t dev;
    ino_t ino;
    struct timespec changed;
};

static bool is_file_of(const struct places *p, const struct stat *st)
{
    return p->ino == st->st_ino && p->dev == st->st_dev && p->changed.tv_sec == st->st_ctim.tv_sec &&
           p->changed.tv_nsec == st->st_ctim.tv_nsec;
}

bool places_is_of(const struct places *p, int layer_fd)
{
    struct stat st;

    if (fstatat(layer_fd, PLACES_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return !p && errno == ENOENT;
    return p && is_file_of(p, &st);
}

static const char *check_header(struct places *p, uint64_t size)
{
    const struct places_header *h = index_map_at(&p->map, 0, sizeof(*h));
    struct places_header copy;
    uint64_t end, blocks;
    const void *sums;

    if (!h)
        return "it is too short";
    copy = *h;
    if (memcmp(copy.magic, PLACES_MAGIC, sizeof(copy.magic)) != 0)
        return "it is not a table of mica";
    if (XXH3_64bits(&copy, offsetof(struct places_header, header_sum)) != le64toh(copy.header_sum))
        return "its header is damaged";
    if (le32toh(copy.version) != PLACES_VERSION)
        return "its version is not known to this mica";
    p->count = le64toh(copy.count);
    if (le64toh(copy.file_size) != size || p->count > (size - sizeof(copy)) / sizeof(struct places_record))
        return "its length is not what its header says";
    end = sizeof(copy) + p->count * sizeof(struct places_record);
    blocks = (end + INDEX_BLOCK - 1) / INDEX_BLOCK;
    if (size - end != blocks * sizeof(uint64_t))
        return "its length is not what its header says";
    sums = index_map_at(&p->map, end, size - end);
    if (!sums || XXH3_64bits(sums, size - end) != le64toh(copy.sums_sum))
        return "its checksums are damaged";
    return index_map_set_sums(&p->map, end) < 0 ? "there is no memory for it" : NULL;
}

static const char *check_file(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "it is not a regular file";
    if ((st->st_uid != geteuid() && st->st_uid != 0) || st->st_mode & (S_IWGRP | S_IWOTH))
        return "other users can change it";
    return st->st_size < (off_t)sizeof(struct places_header) ? "it is too short" : NULL;
}

static int open_map(int fd, struct places *p, struct err *err)
{
    struct stat st;
    const char *wrong;
    int r;

    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, PLACES_NAME ": cannot be examined");
    wrong = check_file(&st);
    if (wrong)
        return err_set(err, EUCLEAN, PLACES_NAME ": %s", wrong);
    p->dev = st.st_dev;
    p->ino = st.st_ino;
    p->changed = st.st_ctim;
    r = index_map_open(&p->map, fd, (uint64_t)st.st_size);
    if (r < 0)
        return err_errno(err, -r, PLACES_NAME ": cannot be mapped");
    wrong = check_header(p, (uint64_t)st.st_size);
    return wrong ? err_set(err, EUCLEAN, PLACES_NAME ": damaged: %s", wrong) : 0;
}

int places_open(int layer_fd, struct places **ret, struct err *err)
{
    cleanup_fd int fd = beneath_open(layer_fd, PLACES_NAME, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct places *p;
    int r;

    if (fd == -ENOENT) {
        *ret = NULL;
        return 0;
    }
    if (fd < 0)
        return err_errno(err, fd == -ELOOP ? EUCLEAN : -fd, PLACES_NAME ": cannot be opened");
    p = calloc(1, sizeof(*p));
    if (!p)
        return err_errno(err, ENOMEM, PLACES_NAME);
    r = open_map(fd, p, err);
    if (r < 0) {
        places_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

void places_free(struct places *p)
{
    if (p)
        index_map_close(&p->map);
    free(p);
}

void places_rest(const struct places *p)
{
    if (p)
        index_map_rest(&p->map);
}

uint64_t places_count(const struct places *p)
{
    return p ? p->count : 0;
}

int places_get(const struct places *p, uint64_t n, struct place *ret)
{
    const struct places_record *r =
        n < p->count ? index_map_at(&p->map, sizeof(struct places_header) + n * sizeof(*r), sizeof(*r))
                     : NULL;

    if (!r)
        return -EUCLEAN;
    *ret = (struct place){
        .from = le64toh(r->from), .at = le64toh(r->at), .size = le32toh(r->size), .pack = le32toh(r->pack)};
    return ret->size < 1 || ret->size > PLACES_SIZE_MAX || ret->pack > PLACES_PACK_MAX ||
                   ret->from > (uint64_t)INT64_MAX - PLACES_SIZE_MAX ||
                   ret->at > (uint64_t)INT64_MAX - PLACES_SIZE_MAX
               ? -EUCLEAN
               : 0;
}

int places_find(const struct places *p, uint64_t from, uint64_t size, struct place *ret)
{
    uint64_t low = 0, high = places_count(p);

    /* An empty content has the place of the next one. */
    while (size && low < high) {
        uint64_t middle = low + (high - low) / 2;
        int r = places_get(p, middle, ret);

        if (r < 0)
            return r;
        if (ret->from == from)
            return ret->size == size ? 0 : -EUCLEAN;
        if (ret->from < from)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = (struct place){.from = from, .at = from, .size = (uint32_t)size, .pack = PLACES_OWN_PACK};
    return 0;
}

const char *places_pack_path(const struct places *p, uint32_t pack, char buf[PLACES_PATH_MAX])
{
    if (p)
        snprintf(buf, PLACES_PATH_MAX, "packs/%" PRIu32, pack);
    else
        snprintf(buf, PLACES_PATH_MAX, "pack");
    return buf;
}

bool places_is_pack_name(const char *name, uint32_t *ret)
{
    char *end;
    unsigned long n;

    if (*name < '0' || *name > '9' || (*name == '0' && name[1]))
        return false;
    errno = 0;
    n = strtoul(name, &end, 10);
    if (errno || *end || n > PLACES_PACK_MAX)
        return false;
    *ret = (uint32_t)n;
    return true;
}
