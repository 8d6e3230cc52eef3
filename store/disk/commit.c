/* SPDX-License-Identifier: Apache-2.0 */
/* The commit of a transaction, in the order of store/FORMAT.md: objects are synced before they are renamed
 * into place, and index.json comes last, so that a crash at any step leaves the old catalog or the new one
 * and never a name with incomplete objects. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "disk/catalog_edit.h"
#include "disk/catalog_file.h"
#include "disk/catalog_write.h"
#include "disk/own_object.h"
#include "disk/share.h"
#include "disk/tx.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"

#define OLD_OBJECT ".old" /* in the directory of the transaction */

/* Writes the new catalog into the transaction's directory; *ret_changed is false if it is unchanged. */
static int stage_catalog(struct tx *t, const struct tx_name *names, size_t n, bool *ret_changed,
                         struct err *err)
{
    cleanup_free char *old = NULL, *text = NULL;
    size_t old_len, len;
    int r = catalog_read(t->store, &old, &old_len, err);

    if (r < 0)
        return r;
    r = catalog_edit(old, old_len, names, n, &text, &len, err);
    if (r < 0)
        return r;
    *ret_changed = len != old_len || memcmp(text, old, len) != 0;
    return *ret_changed ? catalog_stage(t->store, t->staging.fd, text, len, err) : 0;
}

/* Opens a layer's from/; creates it if missing. */
static int open_markers(int layer_fd)
{
    int fd = beneath_open(layer_fd, "from", O_RDONLY | O_DIRECTORY, 0);

    if (fd != -ENOENT)
        return fd;
    if (mkdirat(layer_fd, "from", 0700) < 0 && errno != EEXIST)
        return -errno;
    if (fsync(layer_fd) < 0)
        return -errno;
    return beneath_open(layer_fd, "from", O_RDONLY | O_DIRECTORY, 0);
}

/* Records in the layer `layer_fd` that it comes from `blob`. */
static int put_marker(int layer_fd, const struct digest *blob)
{
    char name[DIGEST_STRING_MAX];
    cleanup_fd int dir = open_markers(layer_fd);
    cleanup_fd int fd = -1;

    if (dir < 0)
        return dir;
    fd = beneath_open(dir, from_name(blob, name), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd == -EEXIST)
        return 0;
    if (fd < 0)
        return fd;
    return fsync(dir) < 0 ? -errno : 0;
}

/* Another process added this layer first: keep its copy, and add this one's markers to it. */
static int keep_markers(struct tx *t, const struct tx_object *o, const char *path)
{
    char ours_path[NAME_MAX + sizeof("/from")];
    cleanup_fd int theirs = store_open_dir(t->store, path);
    cleanup_dir DIR *ours = NULL;
    struct digest blob;
    int r;

    if (theirs < 0)
        return theirs;
    if (snprintf(ours_path, sizeof(ours_path), "%s/from", o->tmp_name) >= (int)sizeof(ours_path))
        return -ENAMETOOLONG;
    r = dir_of(beneath_open(t->staging.fd, ours_path, O_RDONLY | O_DIRECTORY, 0), &ours);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    for (const struct dirent *e; r == 0 && (e = dir_next(ours, &r));)
        if (from_parse(e->d_name, &blob) == 0)
            r = put_marker(theirs, &blob);
    return r;
}

/* Renames to a path of the store. Opens the directory without following links first: rename(2) would follow
 * one on the way. */
static int move_to(struct tx *t, const char *name, const char *path)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent = strndup(path, (size_t)(slash - path));
    cleanup_fd int dir = parent ? store_open_dir(t->store, parent) : -ENOMEM;

    if (dir < 0)
        return dir;
    return renameat(t->staging.fd, name, dir, slash + 1) < 0 ? -errno : 0;
}

/* Exchanges the object with the damaged one, which is removed with the transaction's directory. Without
 * RENAME_EXCHANGE, a file is replaced and a directory is moved away first. */
static int exchange(struct tx *t, const struct tx_object *o, int dir, const char *name)
{
    if (renameat2(t->staging.fd, o->tmp_name, dir, name, RENAME_EXCHANGE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (o->kind == OBJECT_LAYER && renameat(dir, name, t->staging.fd, OLD_OBJECT) < 0)
        return -errno;
    return renameat(t->staging.fd, o->tmp_name, dir, name) < 0 ? -errno : 0;
}

/* Renames the files of others in an object's place before the object is moved there, so that they are
 * never in the transaction's directory, which is removed. */
static int keep_beside(struct tx *t, const struct tx_object *o, int dir, const char *name)
{
    char kept[NAME_MAX];

    snprintf(kept, sizeof(kept), "%s.kept-%s", name, t->staging.id);
    if (renameat2(dir, name, dir, kept, RENAME_NOREPLACE) < 0 &&
        (errno != EINVAL || faccessat(dir, kept, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
         renameat(dir, name, dir, kept) < 0))
        return -errno;
    return renameat(t->staging.fd, o->tmp_name, dir, name) < 0 ? -errno : 0;
}

static int replace_object(struct tx *t, const struct tx_object *o, const char *path)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent = strndup(path, (size_t)(slash - path));
    cleanup_fd int dir = parent ? store_open_dir(t->store, parent) : -ENOMEM;
    int own = dir < 0 ? dir : object_is_own(dir, slash + 1, o->kind);

    if (own < 0)
        return own;
    return own ? exchange(t, o, dir, slash + 1) : keep_beside(t, o, dir, slash + 1);
}

static bool is_taken(struct store *s, const char *path)
{
    struct stat st;

    return fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Renames one object into place. Only one process commits at a time, so an object that is there now was
 * there before. */
static int move_object(struct tx *t, const struct tx_object *o)
{
    char path[OBJECT_PATH_MAX];
    int r = object_path(o->kind, &o->digest, path);

    if (r < 0)
        return r;
    if (store_is_shared(t->store))
        r = share_object(t->staging.fd, o->tmp_name, o->kind, true);
    if (r < 0)
        return r;
    if (!o->replaces && object_exists(t->store, o->kind, &o->digest))
        return o->kind == OBJECT_LAYER ? keep_markers(t, o, path) : 0;
    return is_taken(t->store, path) ? replace_object(t, o, path) : move_to(t, o->tmp_name, path);
}

static int move_objects(struct tx *t, struct err *err)
{
    static const enum object_kind order[] = {OBJECT_BLOB, OBJECT_LAYER, OBJECT_TREE};
    char label[OBJECT_LABEL_MAX];

    for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++) {
        for (size_t i = 0; i < t->n_objects; i++) {
            const struct tx_object *o = &t->objects[i];
            int r = o->kind == order[k] ? move_object(t, o) : 0;

            if (r < 0)
                return err_errno(err, -r, "cannot put %s into the store %s",
                                 object_label(o->kind, &o->digest, label), t->store->path);
        }
    }
    return 0;
}

static int put_markers(struct tx *t, struct err *err)
{
    char label[OBJECT_LABEL_MAX];

    for (size_t i = 0; i < t->n_froms; i++) {
        cleanup_fd int layer = -1;
        int r;

        /* A layer of a read-only store keeps its markers. */
        if (store_with(t->store, OBJECT_LAYER, &t->froms[i].layer) != t->store)
            continue;
        layer = object_open(t->store, OBJECT_LAYER, &t->froms[i].layer, NULL, err);
        if (layer < 0)
            return layer;
        r = put_marker(layer, &t->froms[i].blob);
        if (r == 0 && store_is_shared(t->store))
            r = share_object(layer, ".", OBJECT_LAYER, true);
        if (r < 0)
            return err_errno(err, -r, "cannot note where %s in the store %s comes from",
                             object_label(OBJECT_LAYER, &t->froms[i].layer, label), t->store->path);
    }
    return 0;
}

/* Syncs all parent directories, also those without a rename: an object that was found may come from a
 * process that died before its own fsync. */
static int sync_parents(struct tx *t, struct err *err)
{
    static const char *const parents[] = {"blobs/sha256", "blobs/sha512", "layers", "trees"};

    for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
        cleanup_fd int fd = store_open_dir(t->store, parents[i]);
        int r = fd < 0 ? fd : fsync(fd) < 0 ? -errno : 0;

        if (r < 0)
            return err_errno(err, -r, "cannot make %s/%s durable", t->store->path, parents[i]);
    }
    return 0;
}

static int settle(struct tx *t, struct tx_name *names, size_t n, struct err *err)
{
    struct catalog c;
    int r = store_catalog(t->store, &c, err);

    if (r < 0)
        return r;
    r = tx_names_settle(&c, names, n, err);
    catalog_free(&c);
    return r;
}

static int publish(struct tx *t, const struct tx_name *names, size_t n, struct err *err)
{
    cleanup_fd int lock = store_lock(t->store, LOCK_EX, err);
    cleanup_free struct tx_name *settled = calloc(n + 1, sizeof(*settled));
    bool changed = false;
    int r = 0;

    if (lock < 0)
        return lock;
    if (!settled)
        return err_errno(err, ENOMEM, "cannot change the catalog");
    if (n) {
        memcpy(settled, names, n * sizeof(*settled));
        r = settle(t, settled, n, err);
    }
    if (r == 0 && n) /* without names no catalog is needed, which may be damaged */
        r = stage_catalog(t, settled, n, &changed, err);
    if (r == 0)
        r = move_objects(t, err);
    if (r == 0)
        r = put_markers(t, err);
    if (r == 0 && (changed || t->n_objects))
        r = sync_parents(t, err);
    if (r == 0 && changed)
        r = catalog_show(t->store, t->staging.fd, err);
    return r;
}

int tx_commit(struct tx *t, const struct tx_name *names, size_t n, struct err *err)
{
    int r = 0;

    if (t->n_objects && syncfs(t->staging.fd) < 0)
        r = err_errno(err, errno, "cannot sync the store %s", t->store->path);
    if (r == 0)
        r = publish(t, names, n, err);
    tx_abort(t);
    return r;
}
