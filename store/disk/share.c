/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"

bool store_is_shared(const struct store *s)
{
    struct stat st;

    return fstat(s->fd, &st) == 0 && (st.st_mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH);
}

static int set_mode(int fd, bool offered)
{
    struct stat st;
    mode_t mode;

    if (fstat(fd, &st) < 0)
        return -errno;
    mode = S_ISDIR(st.st_mode) ? (offered ? 0755 : 0700) : (offered ? 0644 : 0600);
    return (st.st_mode & 07777) != mode && fchmod(fd, mode) < 0 ? -errno : 0;
}

/* Skips other types than files and directories: they are not mica's. */
static int share_name(int dir, const char *name, bool offered)
{
    cleanup_fd int fd = beneath_open(dir, name, O_RDONLY | O_NONBLOCK, 0);
    struct stat st;

    if (fd == -ENOENT || fd == -ELOOP || fd == -ENXIO || fd == -EXDEV)
        return 0;
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? set_mode(fd, offered) : 0;
}

/* Shares a directory and the files in it. */
static int share_directory(int parent, const char *name, bool offered)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
        return 0;
    if (r == 0)
        r = set_mode(dirfd(dir), offered);
    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));)
        r = share_name(dirfd(dir), e->d_name, offered);
    return r;
}

int share_object(int dir, const char *name, enum object_kind kind, bool offered)
{
    static const char *const below[] = {"files", "from", "packs"};
    cleanup_fd int layer = -1;
    int r;

    if (kind != OBJECT_LAYER)
        return share_name(dir, name, offered);
    r = share_directory(dir, name, offered);
    layer = r == 0 ? beneath_open(dir, name, O_RDONLY | O_DIRECTORY, 0) : -1;
    for (size_t i = 0; r == 0 && layer >= 0 && i < sizeof below / sizeof *below; i++)
        r = share_directory(layer, below[i], offered);
    return r;
}

/* Shares all objects of one directory. */
static int share_objects(struct store *s, const char *path, enum object_kind kind, bool offered,
                         struct share_counts *ret)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(store_open_dir(s, path), &dir);

    if (r == 0)
        r = set_mode(dirfd(dir), offered);
    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        struct digest d;

        if (kind == OBJECT_BLOB ? strspn(e->d_name, "0123456789abcdef") != strlen(e->d_name)
                                : digest_parse_hex(e->d_name, &d) < 0)
            continue;
        r = share_object(dirfd(dir), e->d_name, kind, offered);
        ret->objects += r == 0;
    }
    return r;
}

static int share_all(struct store *s, bool offered, struct share_counts *ret)
{
    static const char *const files[] = {"format", "oci-layout", "index.json", "blobs"};
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof files / sizeof *files; i++)
        r = share_name(s->fd, files[i], offered);
    if (r == 0)
        r = share_objects(s, "blobs/sha256", OBJECT_BLOB, offered, ret);
    if (r == 0)
        r = share_objects(s, "blobs/sha512", OBJECT_BLOB, offered, ret);
    if (r == 0)
        r = share_objects(s, "layers", OBJECT_LAYER, offered, ret);
    return r == 0 ? share_objects(s, "trees", OBJECT_TREE, offered, ret) : r;
}

int store_share(struct store *s, bool offered, struct share_counts *ret, struct err *err)
{
    cleanup_fd int lock = store_lock(s, LOCK_EX, err);
    int r = 0;

    *ret = (struct share_counts){0};
    if (lock < 0)
        return lock;
    /* The store's own directory is opened last and closed first: its mode is the mark that the rest is
     * shared. */
    if (!offered)
        r = set_mode(s->fd, false);
    if (r == 0)
        r = share_all(s, offered, ret);
    if (r == 0 && offered)
        r = set_mode(s->fd, true);
    return r < 0 ? err_errno(err, -r, "cannot change who may read the store %s", s->path) : 0;
}
