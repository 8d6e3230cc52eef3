/* SPDX-License-Identifier: Apache-2.0 */
/* Adds an image to an OCI layout in a directory. Blobs appear whole, by rename; index.json changes last.
 * Other mica processes wait for a lock on the directory; other tools have no lock. */
#include "export/layout_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/blobs_out.h"
#include "export/out_file.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/fd.h"
#include "os/trusted.h"

#define FILE_MODE 0644
#define TEMPORARY ".mica-new"

struct layout {
    struct export *x;
    int dir;
    int out; /* of the current blob */
};

/* ---- the directory */

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Is the directory empty? 1, 0 or a negative errno. */
static int is_empty(int fd)
{
    cleanup_dir DIR *d = NULL;
    int r = dir_reopen(fd, &d);

    if (r < 0)
        return r;
    return dir_next(d, &r) ? 0 : r < 0 ? r : 1;
}

/* Any process that can open the directory can lock it: report the wait, and allow cancelling. */
static int lock(const struct layout *l)
{
    const struct export_options *o = l->x->options;

    if (flock(l->dir, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK && o->waits)
        o->waits(o->ctx);
    while (flock(l->dir, LOCK_EX) < 0)
        if (errno != EINTR || export_cancelled(l->x))
            return errno == EINTR ? -ECANCELED : -errno;
    return 0;
}

static int find_directory(struct layout *l)
{
    struct trusted t;
    int r = export_find(l->x, &t);

    if (r < 0)
        return r;
    if (t.file < 0 && mkdirat(t.dir, t.name, 0755) < 0 && errno != EEXIST)
        r = -errno;
    if (r == 0)
        l->dir = openat(t.dir, t.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (r == 0 && l->dir < 0)
        r = -errno;
    trusted_close(&t);
    return r;
}

static int open_directory(struct layout *l)
{
    const char *path = l->x->options->path;
    int r = find_directory(l);

    if (r == 0)
        r = lock(l);
    if (r < 0)
        return r;
    if (has(l->dir, "format") && has(l->dir, "layers"))
        return err_set(l->x->err, EINVAL, "%s is a store of mica: import the image there instead", path);
    if (has(l->dir, "oci-layout"))
        return 0;
    r = is_empty(l->dir);
    if (r == 0)
        return err_set(l->x->err, ENOTEMPTY, "%s is neither empty nor an OCI layout", path);
    if (r > 0) /* written first, so that an export after a killed one accepts the directory */
        r = out_file_text(l->dir, "oci-layout", TEMPORARY, OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT),
                          FILE_MODE);
    return r < 0 ? err_errno(l->x->err, -r, "%s", path) : 0;
}

/* Opens the directory, following no symbolic link, or creates it. */
static int make_directory(int dir, const char *name)
{
    if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
        return -errno;
    return beneath_open(dir, name, O_RDONLY | O_DIRECTORY, 0);
}

/* ---- blobs */

static int put(void *ctx, const void *data, size_t len)
{
    return fd_write(((struct layout *)ctx)->out, data, len);
}

static bool is_there(int dir, const char *name, uint64_t size)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size == size;
}

static int write_blob(struct layout *l, int dir, const struct digest *d, const char *name)
{
    struct out_file f;
    int r = out_file_begin(dir, name, TEMPORARY, FILE_MODE, &f);

    if (r < 0)
        return r;
    l->out = f.fd;
    r = blob_out(l->x, d, put, l);
    if (r == 0)
        return out_file_publish(&f);
    out_file_drop(&f);
    return r;
}

static int add_blob(void *ctx, const struct digest *d, uint64_t size)
{
    struct layout *l = ctx;
    char hex[DIGEST_HEX_MAX];
    cleanup_fd int blobs = make_directory(l->dir, "blobs");
    cleanup_fd int dir = blobs < 0 ? blobs : make_directory(blobs, digest_alg_name(d->alg));

    if (dir < 0)
        return dir;
    digest_hex(d, hex);
    if (is_there(dir, hex, size)) {
        export_progress(l->x, size);
        return 0;
    }
    return write_blob(l, dir, d, hex);
}

/* ---- the list */

static int read_index(const struct layout *l, char **ret, size_t *ret_len)
{
    int r = beneath_slurp(l->dir, "index.json", MANIFEST_MAX_BYTES, ret, ret_len);

    if (r == -ENOENT)
        *ret = NULL;
    return r == -ENOENT ? 0 : r;
}

static int add_to_index(struct layout *l)
{
    cleanup_free char *old = NULL, *text = NULL;
    size_t old_len = 0, len = 0;
    int r = read_index(l, &old, &old_len);

    if (r == 0)
        r = export_index(l->x, old, old_len, &text, &len);
    return r < 0 ? r : out_file_text(l->dir, "index.json", TEMPORARY, text, len, FILE_MODE);
}

int export_layout(struct export *x)
{
    struct layout l = {.x = x, .dir = -1, .out = -1};
    int r = open_directory(&l);

    if (r == 0)
        r = blobs_each(x, add_blob, &l);
    if (r == 0)
        r = add_to_index(&l);
    if (l.dir >= 0)
        close(l.dir);
    return r;
}
