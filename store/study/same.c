/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two inodes, of one index or of two. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "study/sets.h"
#include "study/study.h"

static int same_target(const struct index *ai, const struct index_inode *a, const struct index *bi,
                       const struct index_inode *b, bool *ret)
{
    const char *at, *bt;
    size_t al, bl;
    int r = index_target(ai, a, &at, &al);

    if (r == 0)
        r = index_target(bi, b, &bt, &bl);
    if (r == 0)
        *ret = al == bl && memcmp(at, bt, al) == 0;
    return r;
}

enum {
    FEW_BYTES = 4096, /* are compared at each question, more are numbered */
};

static int same_xattrs(struct study_sets *sets, const struct index *ai, const struct index_inode *a,
                       const struct index *bi, const struct index_inode *b, bool *ret)
{
    uint32_t an, bn;
    int r = ai == bi && a->xattrs == b->xattrs ? 1 : study_sets_equal(ai, a, bi, b, FEW_BYTES);

    if (r == -EAGAIN) {
        r = study_sets_number(sets, ai, a, &an);
        if (r == 0)
            r = study_sets_number(sets, bi, b, &bn);
        if (r == 0)
            r = an == bn;
    }
    *ret = r > 0;
    return r < 0 ? r : 0;
}

/* Returns the differences of two inodes, metadata excluded. */
static int content_differences(const struct index *ai, const struct index_inode *a, const struct index *bi,
                               const struct index_inode *b, unsigned *ret)
{
    bool same = true;
    int r = 0;

    if ((a->mode & S_IFMT) != (b->mode & S_IFMT)) {
        *ret = STUDY_DIFFERS_TYPE;
        return 0;
    }
    if (S_ISREG(a->mode) && (a->size != b->size || a->content_hash != b->content_hash))
        *ret = STUDY_DIFFERS_CONTENT;
    if ((S_ISCHR(a->mode) || S_ISBLK(a->mode)) &&
        (a->rdev_major != b->rdev_major || a->rdev_minor != b->rdev_minor))
        *ret = STUDY_DIFFERS_DEVICE;
    if (S_ISLNK(a->mode))
        r = same_target(ai, a, bi, b, &same);
    if (!same)
        *ret = STUDY_DIFFERS_TARGET;
    return r;
}

int study_differences(struct study_sets *sets, const struct index *ai, const struct index_inode *a,
                      const struct index *bi, const struct index_inode *b, unsigned *ret)
{
    unsigned found = 0;
    bool same = true;
    int r = content_differences(ai, a, bi, b, &found);

    if (r == 0)
        r = same_xattrs(sets, ai, a, bi, b, &same);
    if (r < 0)
        return r;
    if ((a->mode & 07777) != (b->mode & 07777))
        found |= STUDY_DIFFERS_MODE;
    if (a->uid != b->uid || a->gid != b->gid)
        found |= STUDY_DIFFERS_OWNER;
    if (a->mtime.tv_sec != b->mtime.tv_sec || a->mtime.tv_nsec != b->mtime.tv_nsec)
        found |= STUDY_DIFFERS_MTIME;
    if (!same)
        found |= STUDY_DIFFERS_XATTRS;
    *ret = found;
    return 0;
}
