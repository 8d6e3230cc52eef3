/* SPDX-License-Identifier: Apache-2.0 */
#include "union/name_marks.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/entry.h"
#include "tree/whiteout.h"
#include "union/foreign_form.h"

#define FORM_NOTE WHITEOUT_PREFIX ".wh.mica"
#define INO_NOTE  WHITEOUT_PREFIX ".wh.mica.ino"
#define MARK_MODE 0700

/* Is it an empty mark of mica or fuse-overlayfs? 1, 0 or an error. */
static int is_mark(int dirfd, const char *name)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ENAMETOOLONG ? 0 : -errno;
    return foreign_is_empty_mark(&st);
}

/* ---- choice of the form */

bool name_marks_noted(int upper_fd)
{
    return is_mark(upper_fd, FORM_NOTE) > 0;
}

int name_marks_choose(const struct branch_config *config, bool *ret, struct err *err)
{
    const char *attr = config->user_xattrs ? "user.overlay.opaque" : "trusted.overlay.opaque";

    *ret = name_marks_noted(config->upper_fd);
    if (*ret || where_getxattr((struct where){config->upper_fd, NULL}, attr, NULL, 0) != -EOPNOTSUPP)
        return 0;
    /* mica-links, which every branch has, but no note: the branch has marks in attributes. */
    if (faccessat(config->base_fd, "mica-links", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return err_set(err, EOPNOTSUPP,
                       "upperdir was mounted with marks in attributes like %s, which its file system does "
                       "not support (any more): "
                       "they would be lost; mount it where it was written, or use a new workdir if it "
                       "was never written to",
                       attr);
    *ret = true;
    return 0;
}

static int keep_times(int fd, const struct stat *st)
{
    return utimensat(fd, "", (const struct timespec[]){st->st_atim, st->st_mtim}, AT_EMPTY_PATH) < 0 ? -errno
                                                                                                     : 0;
}

/* Set the mode: a default access list may have changed it. */
static int make_mark(int dirfd, const char *name)
{
    if (mknodat(dirfd, name, S_IFREG | MARK_MODE, 0) < 0 && errno != EEXIST)
        return -errno;
    if (is_mark(dirfd, name) > 0)
        return 0;
    return entry_chmod(dirfd, name, MARK_MODE) < 0 || is_mark(dirfd, name) <= 0 ? -EEXIST : 0;
}

int name_marks_note(const struct branch *b)
{
    int upper = b->config.upper_fd, r;
    struct stat st;

    if (name_marks_noted(upper))
        return 0;
    r = fstat(upper, &st) < 0 ? -errno : make_mark(upper, FORM_NOTE);
    return r < 0 ? r : keep_times(upper, &st);
}

/* ---- marks */

/* Open the directory that a mark is in; -ENOTDIR. */
static int open_marked(struct where w)
{
    struct stat st;
    int fd;

    if (w.name && *w.name && strcmp(w.name, ".") != 0)
        return entry_open(w.fd, w.name, O_PATH | O_DIRECTORY);
    if (fstat(w.fd, &st) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    fd = fcntl(w.fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

/* A directory may be closed to its owner, the ordinary user who runs the daemon: open its mode while looking
 * for a mark or making one. */
static int ask_in(int fd, const char *name, int (*ask)(int dirfd, const char *name))
{
    struct stat st;
    int r = ask(fd, name), again;

    if (r != -EACCES || fstat(fd, &st) < 0 || st.st_uid != geteuid())
        return r;
    again = where_chmod((struct where){fd, ""}, (st.st_mode & 07777) | 0700);
    if (again == 0) {
        r = ask(fd, name);
        (void)where_chmod((struct where){fd, ""}, st.st_mode & 07777);
    }
    return r;
}

static int set_opaque(struct where w)
{
    cleanup_fd int fd = open_marked(w);
    struct stat st;
    int r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : ask_in(fd, WHITEOUT_OPAQUE_NAME, make_mark);

    return r < 0 ? r : keep_times(fd, &st);
}

static int is_opaque(struct where w)
{
    char beside[NAME_MAX + 1];
    cleanup_fd int fd = open_marked(w);
    int r = fd == -ENOTDIR ? 0 : fd < 0 ? fd : ask_in(fd, WHITEOUT_OPAQUE_NAME, is_mark);

    if (r != 0 || fd < 0 || !w.name || !*w.name || strcmp(w.name, ".") == 0)
        return r;
    /* Made again, or about to be removed. */
    return snprintf(beside, sizeof beside, WHITEOUT_PREFIX "%s", w.name) < (int)sizeof beside
               ? is_mark(w.fd, beside)
               : 0;
}

/* Is it the upper's root? */
static bool is_root(struct where w)
{
    return w.name && strcmp(w.name, ".") == 0;
}

static int set_ino(struct where w, const void *value)
{
    cleanup_fd int fd = is_root(w) ? open_marked(w) : -ENOTDIR;
    struct stat st;
    uint64_t ino;
    char text[24];

    if (fd < 0)
        return fd == -ENOTDIR ? 0 : fd;
    memcpy(&ino, value, sizeof ino);
    snprintf(text, sizeof text, "%" PRIx64, le64toh(ino));
    if (fstat(fd, &st) < 0 || (symlinkat(text, fd, INO_NOTE) < 0 && errno != EEXIST))
        return -errno;
    return keep_times(fd, &st);
}

static ssize_t get_ino(struct where w, void *value, size_t size)
{
    cleanup_fd int fd = is_root(w) ? open_marked(w) : -ENOTDIR;
    char text[24], *end;
    uint64_t ino;
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, INO_NOTE, text, sizeof text - 1);

    if (n <= 0)
        return -ENODATA;
    text[n] = '\0';
    ino = htole64(strtoull(text, &end, 16));
    if (*end)
        return -ENODATA;
    if (size >= sizeof ino)
        memcpy(value, &ino, sizeof ino);
    return sizeof ino;
}

int name_mark_set(struct where w, enum branch_mark mark, const void *value, size_t len)
{
    if (mark == MARK_OPAQUE)
        return len == 1 && *(const char *)value == 'y' ? set_opaque(w) : 0;
    if (mark == MARK_REDIRECT || mark == MARK_METACOPY)
        return -EOPNOTSUPP;
    return mark == MARK_INODE && len == sizeof(uint64_t) ? set_ino(w, value) : 0;
}

ssize_t name_mark_get(struct where w, enum branch_mark mark, void *value, size_t size)
{
    int r;

    if (mark == MARK_INODE)
        return get_ino(w, value, size);
    r = mark == MARK_OPAQUE ? is_opaque(w) : 0;
    if (r <= 0)
        return r < 0 ? r : -ENODATA;
    if (size > 0)
        *(char *)value = 'y';
    return 1;
}

/* ---- names */

int name_entry(int dirfd, const char *name, const char **ret_removed)
{
    int r;

    switch (whiteout_name(name, strlen(name), ret_removed)) {
    case WHITEOUT_NAME_PLAIN:
        return NAME_ENTRY_FILE;
    case WHITEOUT_NAME_REMOVES:
        r = is_mark(dirfd, name);
        return r < 0 ? r : r > 0 ? NAME_ENTRY_GONE : NAME_ENTRY_FILE;
    case WHITEOUT_NAME_OPAQUE:
    case WHITEOUT_NAME_LEFTOVER:
        break;
    }
    return NAME_ENTRY_UNSEEN;
}
