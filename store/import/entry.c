/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions that are not obvious:
 *
 * - Types that POSIX does not define are regular files (POSIX pax, "typeflag"); libarchive decides that
 *   already. GNU's continuations of multi-volume archives, whose type is unknown, are refused.
 * - libarchive takes a "linkpath" record, or GNU's long link, of anything but a symbolic link for a hard
 *   link's target, whatever the type; so does this code, except for directories. It ends the name at a NUL.
 * - A hard link's mode and attributes are ignored: the target's count.
 * - Entries without a body have no size: see tar_frames.h.
 * - Attributes are stored unchanged, whatever their names; the mount hides some. Of SCHILY.xattr,
 *   LIBARCHIVE.xattr and RHT.security records for one name the last counts. Text ACLs count if there is no
 *   attribute of that name.
 * - Times before 1970 with a fraction: libarchive gives -1.5 as -1 s and 500000000 ns, meaning -1 - 0.5; here
 *   it is floored, -2 s and 500000000 ns. Of -0.5 it gives 0 s and 500000000 ns: the sign is lost and cannot
 *   be recovered.
 */
#include "import/entry.h"

#include <archive.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import/posix_acl.h"

#define ID_MAX            (UINT32_MAX - 1) /* one less than the "no change" of chown(2) */
#define DEVICE_MAJOR_MAX  ((1u << 12) - 1)
#define DEVICE_MINOR_MAX  ((1u << 20) - 1)
#define XATTR_NAME_LIMIT  255u
#define XATTR_VALUE_LIMIT 65536u
#define XATTR_LIST_LIMIT  65536u
#define ACL_ACCESS        "system.posix_acl_access"
#define ACL_DEFAULT       "system.posix_acl_default"

void entry_free(struct entry *e)
{
    free(e->xattrs);
    buf_free(&e->acl_access);
    buf_free(&e->acl_default);
}

static int refuse(const struct entry *e, struct err *err, const char *why)
{
    return err_set(err, EBADMSG, "entry \"%.200s\": %s", e->path, why);
}

static int read_owner(struct entry *e, struct archive_entry *a, struct err *err)
{
    int64_t uid = archive_entry_uid(a), gid = archive_entry_gid(a);

    if (uid < 0 || uid > ID_MAX)
        return err_set(err, EBADMSG, "entry \"%.200s\": user %" PRId64 " is out of range", e->path, uid);
    if (gid < 0 || gid > ID_MAX)
        return err_set(err, EBADMSG, "entry \"%.200s\": group %" PRId64 " is out of range", e->path, gid);
    e->meta.uid = (uint32_t)uid;
    e->meta.gid = (uint32_t)gid;
    return 0;
}

static void read_time(struct entry *e, struct archive_entry *a)
{
    e->meta.mtime.tv_sec = archive_entry_mtime(a);
    e->meta.mtime.tv_nsec = archive_entry_mtime_nsec(a);
    if (e->meta.mtime.tv_sec < 0 && e->meta.mtime.tv_sec > INT64_MIN && e->meta.mtime.tv_nsec > 0) {
        e->meta.mtime.tv_sec--;
        e->meta.mtime.tv_nsec = 1000000000L - e->meta.mtime.tv_nsec;
    }
}

static int read_device(struct entry *e, struct archive_entry *a, struct err *err)
{
    uint64_t major = archive_entry_rdevmajor(a), minor = archive_entry_rdevminor(a);

    if (major > DEVICE_MAJOR_MAX || minor > DEVICE_MINOR_MAX)
        return err_set(err, EBADMSG, "entry \"%.200s\": invalid device %" PRIu64 ":%" PRIu64, e->path, major,
                       minor);
    e->meta.rdev_major = (uint32_t)major;
    e->meta.rdev_minor = (uint32_t)minor;
    return 0;
}

static int read_type(struct entry *e, struct archive_entry *a, struct err *err)
{
    int64_t size = archive_entry_size(a);

    e->meta.mode = (uint32_t)archive_entry_filetype(a) | ((uint32_t)archive_entry_perm(a) & 07777);
    if (size < 0)
        return refuse(e, err, "its size is negative");
    switch (e->meta.mode & S_IFMT) {
    case S_IFREG:
        e->meta.size = (uint64_t)size;
        return 0;
    case S_IFDIR: /* the size is that of GNU's list of names, which is skipped */
        return 0;
    case S_IFLNK:
        e->meta.target = archive_entry_symlink(a);
        if (!e->meta.target || !*e->meta.target)
            return refuse(e, err, "a symbolic link without a target");
        e->meta.size = strlen(e->meta.target);
        break;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
        break;
    default:
        return refuse(e, err, "its type is not known");
    }
    return S_ISCHR(e->meta.mode) || S_ISBLK(e->meta.mode) ? read_device(e, a, err) : 0;
}

static bool has_xattr(const struct entry *e, const char *name)
{
    for (size_t i = 0; i < e->meta.n_xattrs; i++) {
        if (e->xattrs[i].name_len == strlen(name) && memcmp(e->xattrs[i].name, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static int read_acls(struct entry *e, struct archive_entry *a)
{
    uint32_t mask = UINT32_MAX, unused;
    int r;

    e->acl_access.len = e->acl_default.len = 0;
    r = posix_acl_value(a, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &e->acl_access, &mask);
    if (r < 0)
        return r;
    if (r > 0 && !has_xattr(e, ACL_ACCESS))
        e->xattrs[e->meta.n_xattrs++] =
            (struct index_xattr){ACL_ACCESS, strlen(ACL_ACCESS), e->acl_access.data, e->acl_access.len};
    if (mask != UINT32_MAX)
        e->meta.mode = (e->meta.mode & ~070u) | mask << 3;
    if (!S_ISDIR(e->meta.mode))
        return 0;
    r = posix_acl_value(a, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, &e->acl_default, &unused);
    if (r > 0 && !has_xattr(e, ACL_DEFAULT))
        e->xattrs[e->meta.n_xattrs++] =
            (struct index_xattr){ACL_DEFAULT, strlen(ACL_DEFAULT), e->acl_default.data, e->acl_default.len};
    return r < 0 ? r : 0;
}

static int room_for_xattrs(struct entry *e, size_t n)
{
    struct index_xattr *p;

    if (n <= e->xattrs_cap)
        return 0;
    p = reallocarray(e->xattrs, n, sizeof(*p));
    if (!p)
        return -ENOMEM;
    e->xattrs = p;
    e->xattrs_cap = n;
    return 0;
}

/* libarchive lists them from the last record to the first; the last record must win. */
static int read_xattrs(struct entry *e, struct archive_entry *a, struct err *err)
{
    int count = archive_entry_xattr_reset(a);
    size_t n = count > 0 ? (size_t)count : 0, list = 0;

    if (room_for_xattrs(e, n + 2) < 0)
        return err_errno(err, ENOMEM, "reading attributes");
    for (size_t i = n; i > 0; i--) {
        struct index_xattr *x = &e->xattrs[i - 1];

        if (archive_entry_xattr_next(a, &x->name, &x->value, &x->value_len) != ARCHIVE_OK)
            return refuse(e, err, "its attributes cannot be read");
        x->name_len = strlen(x->name);
        list += x->name_len + 1;
        if (x->name_len == 0 || x->name_len > XATTR_NAME_LIMIT)
            return refuse(e, err, "the name of an attribute is empty or over 255 bytes");
        if (x->value_len > XATTR_VALUE_LIMIT)
            return refuse(e, err, "an attribute is over 64 KiB");
        e->memory += x->name_len + x->value_len;
    }
    if (list > XATTR_LIST_LIMIT)
        return refuse(e, err, "the names of its attributes are over 64 KiB");
    e->meta.n_xattrs = n;
    return read_acls(e, a) < 0 ? err_errno(err, ENOMEM, "reading attributes") : 0;
}

int entry_from_archive(struct entry *e, struct archive_entry *a, struct err *err)
{
    int r;

    e->path = archive_entry_pathname(a);
    e->link = NULL;
    e->meta = (struct layer_entry){0};
    if (!e->path)
        return err_set(err, EBADMSG, "an entry without a name");
    e->memory = strlen(e->path);
    /* Ignore a link path on a directory: there are no hard links to directories. */
    if (archive_entry_filetype(a) != AE_IFDIR)
        e->link = archive_entry_hardlink(a);
    if (e->link) {
        e->memory += strlen(e->link);
        return *e->link ? 0 : refuse(e, err, "a hard link without a target");
    }
    r = read_type(e, a, err);
    if (r == 0)
        r = read_owner(e, a, err);
    if (r < 0)
        return r;
    read_time(e, a);
    e->memory += e->meta.target ? e->meta.size : 0;
    r = read_xattrs(e, a, err);
    e->meta.xattrs = e->xattrs;
    return r;
}
