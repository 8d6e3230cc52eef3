/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/layer_builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexing/layer_emit.h"
#include "indexing/layer_links.h"
#include "indexing/layer_nodes.h"
#include "indexing/layer_path.h"
#include "tree/whiteout.h"

struct layer_builder {
    struct layer_nodes nodes;
};

struct layer_builder *layer_builder_new(uint64_t max_inodes, int tmp_dirfd)
{
    struct layer_builder *b = calloc(1, sizeof(*b));

    if (b && layer_nodes_init(&b->nodes, max_inodes, tmp_dirfd) < 0) {
        layer_builder_free(b);
        return NULL;
    }
    return b;
}

void layer_builder_free(struct layer_builder *b)
{
    if (b)
        layer_nodes_release(&b->nodes);
    free(b);
}

static int too_many(const struct layer_builder *b, int r, const char *path, struct err *err)
{
    if (r == -E2BIG)
        return err_set(err, E2BIG, "more than %llu files (--max-files allows more)",
                       (unsigned long long)b->nodes.max_inodes);
    return r < 0 ? err_errno(err, -r, "entry \"%.200s\"", path) : r;
}

/* AUFS's files are kept while the layer is read (they may be targets of hard links) and not written. */
static bool is_whiteout(const char *component)
{
    size_t aufs = strlen(LAYER_AUFS_PREFIX);

    if (strncmp(component, LAYER_AUFS_PREFIX, aufs) == 0)
        return strcmp(component, WHITEOUT_OPAQUE_NAME) == 0;
    return strncmp(component, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) == 0;
}

enum { WALK_NOTHING = 1, WALK_SYMLINK };

/* Walks the components before the last one of a clean path and makes each a directory if it is none. Sets
 * *ret to the parent's name and *ret_last to the last component. WALK_SYMLINK: this layer has a symbolic
 * link on the way. WALK_NOTHING: for a removal only; a file of this layer on the way hides everything of
 * lower layers there, so that there is nothing to remove. */
static int walk_to_parent(struct layer_builder *b, const char *path, uint32_t *ret, const char **ret_last)
{
    bool removal = is_whiteout(strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    uint32_t at = LAYER_ROOT_NAME;

    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        int r = layer_nodes_name(&b->nodes, at, path, (size_t)(slash - path), &at);
        uint32_t inode = r < 0 ? 0 : layer_name_at(&b->nodes, at)->inode;

        if (inode && layer_name_is_symlink(&b->nodes, at))
            return WALK_SYMLINK;
        if (removal && inode && !layer_inode_is_dir(layer_inode_at(&b->nodes, inode)))
            return WALK_NOTHING;
        if (r == 0)
            r = layer_nodes_make_dir(&b->nodes, at);
        if (r < 0)
            return r;
    }
    *ret = at;
    *ret_last = path;
    return 0;
}

/* Adds `.wh.X` in directory `dir`. It hides X of lower layers only, whether or not this layer has an X. */
static int add_whiteout(struct layer_builder *b, uint32_t dir, const char *last, const char *path,
                        struct err *err)
{
    const char *name = last + WHITEOUT_PREFIX_LEN;
    uint32_t id;
    int r;

    if (strcmp(last, WHITEOUT_OPAQUE_NAME) == 0) {
        layer_name_at(&b->nodes, dir)->flags |= LNAME_OPAQUE;
        return 0;
    }
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return err_set(err, EINVAL, "entry \"%.200s\" is a whiteout of an invalid name", path);
    r = layer_nodes_name(&b->nodes, dir, name, strlen(name), &id);
    if (r == 0)
        layer_name_at(&b->nodes, id)->flags |= LNAME_WHITEOUT;
    return too_many(b, r, path, err);
}

/* A whiteout is a mark and has no entries. (AUFS's own directories begin with the prefix, and have
 * entries.) */
static bool lies_beneath_whiteout(const char *path)
{
    for (const char *p = path, *slash; (slash = strchr(p, '/')); p = slash + 1)
        if (is_whiteout(p))
            return true;
    return false;
}

static int check_entry(const char *path, const struct layer_entry *e, struct err *err)
{
    if (S_ISLNK(e->mode)) {
        size_t len = e->target ? strlen(e->target) : 0;

        if (len < 1 || len > LAYER_PATH_MAX)
            return err_set(err, len ? ENAMETOOLONG : EINVAL, "symbolic link \"%.200s\": its target is %s",
                           path, len ? "longer than 4095 bytes" : "empty");
    }
    if (e->size > INT64_MAX)
        return err_set(err, EFBIG, "entry \"%.200s\": its size is out of range", path);
    return 0;
}

/* Sorts pointers into one array by name, and equal names by position. */
static int compare_xattrs(const void *pa, const void *pb)
{
    const struct index_xattr *a = *(const struct index_xattr *const *)pa,
                             *b = *(const struct index_xattr *const *)pb;
    size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
    int c = memcmp(a->name, b->name, len);

    if (c == 0)
        c = (a->name_len > b->name_len) - (a->name_len < b->name_len);
    return c ? c : (a > b) - (a < b);
}

static bool same_name(const struct index_xattr *a, const struct index_xattr *b)
{
    return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static int intern_xattrs(struct layer_builder *b, const struct layer_entry *e, uint64_t *ret)
{
    cleanup_free const struct index_xattr **sorted = NULL;
    cleanup_free struct index_xattr *set = NULL;
    size_t n = 0;

    *ret = 0;
    if (e->n_xattrs == 0)
        return 0;
    sorted = calloc(e->n_xattrs, sizeof(*sorted));
    set = calloc(e->n_xattrs, sizeof(*set));
    if (!sorted || !set)
        return -ENOMEM;
    for (size_t i = 0; i < e->n_xattrs; i++)
        sorted[i] = &e->xattrs[i];
    qsort(sorted, e->n_xattrs, sizeof(const struct index_xattr *), compare_xattrs);
    for (size_t i = 0; i < e->n_xattrs; i++)
        if (i + 1 == e->n_xattrs || !same_name(sorted[i], sorted[i + 1])) /* the last of equal names wins */
            set[n++] = *sorted[i];
    return index_writer_xattrs(b->nodes.out, set, n, ret);
}

static int intern(struct layer_builder *b, const struct layer_entry *e, struct index_inode *ret)
{
    int r;

    *ret = (struct index_inode){
        .mode = e->mode & (S_IFMT | 07777),
        .uid = e->uid,
        .gid = e->gid,
        .size = S_ISREG(e->mode) ? e->size : 0,
        .mtime = e->mtime,
        .rdev_major = e->rdev_major,
        .rdev_minor = e->rdev_minor,
    };
    r = intern_xattrs(b, e, &ret->xattrs);
    if (r == 0 && S_ISLNK(e->mode)) {
        ret->size = strlen(e->target);
        r = index_writer_text(b->nodes.out, e->target, ret->size, &ret->target);
    }
    return r;
}

static int set_name(struct layer_builder *b, uint32_t name, const struct layer_entry *e, uint32_t *ret_id)
{
    uint32_t inode = layer_name_at(&b->nodes, name)->inode;
    struct index_inode data;
    int r = intern(b, e, &data);

    if (r < 0)
        return r;
    /* A directory over a directory: replace the attributes, keep the children. */
    if (S_ISDIR(e->mode) && inode && layer_inode_is_dir(layer_inode_at(&b->nodes, inode))) {
        layer_inode_at(&b->nodes, inode)->data = data;
        return 0;
    }
    r = layer_nodes_inode(&b->nodes, &data, &inode);
    if (r < 0)
        return r;
    layer_nodes_assign(&b->nodes, name, inode);
    *ret_id = S_ISREG(e->mode) ? inode : 0;
    return 0;
}

/* As walk_to_parent, for paths that may lead through symbolic links: `resolved`, to which *ret_last may
 * point, is the path without them. Such paths are rare, so all others are walked just once. */
static int find_parent(struct layer_builder *b, const char *clean, const char *what,
                       char resolved[LAYER_PATH_MAX + 1], uint32_t *ret, const char **ret_last,
                       struct err *err)
{
    const char *way = clean;
    int r;

    for (;;) {
        if (lies_beneath_whiteout(way))
            return err_set(err, EINVAL, "%s \"%.200s\" lies beneath a whiteout", what, clean);
        r = walk_to_parent(b, way, ret, ret_last);
        if (r != WALK_SYMLINK)
            return too_many(b, r, clean, err);
        r = layer_links_follow(&b->nodes, clean, what, resolved, NULL, err);
        if (r < 0)
            return r;
        way = resolved; /* free of links */
    }
}

/* Finds or makes the name of a clean path other than the root. Returns 1 if the entry is a whiteout and
 * complete. */
static int name_of(struct layer_builder *b, const char *clean, const char *what, uint32_t *ret,
                   struct err *err)
{
    char resolved[LAYER_PATH_MAX + 1];
    const char *last;
    uint32_t dir;
    int r = find_parent(b, clean, what, resolved, &dir, &last, err);

    if (r != 0)
        return r;
    if (is_whiteout(last)) {
        r = add_whiteout(b, dir, last, clean, err);
        return r < 0 ? r : 1;
    }
    return too_many(b, layer_nodes_name(&b->nodes, dir, last, strlen(last), ret), clean, err);
}

int layer_builder_add(struct layer_builder *b, const char *path, const struct layer_entry *e,
                      uint32_t *ret_id, struct err *err)
{
    char clean[LAYER_PATH_MAX + 1];
    uint32_t name = LAYER_ROOT_NAME;
    int r = layer_path_clean(path, "entry", clean, err);

    if (r < 0)
        return r;
    *ret_id = 0;
    if (r == 0 && !S_ISDIR(e->mode))
        return err_set(err, EINVAL, "entry \"%.200s\" would make the root something else than a directory",
                       path);
    if (r > 0) {
        r = name_of(b, clean, "entry", &name, err);
        if (r != 0)
            return r < 0 ? r : 0;
    }
    r = check_entry(path, e, err);
    return r < 0 ? r : too_many(b, set_name(b, name, e, ret_id), path, err);
}

int layer_builder_link(struct layer_builder *b, const char *path, const char *target, struct err *err)
{
    char clean[LAYER_PATH_MAX + 1], clean_target[LAYER_PATH_MAX + 1], resolved[LAYER_PATH_MAX + 1];
    struct index_inode link = {.flags = INODE_LOWER_LINK};
    uint32_t name, found, inode;
    int r = layer_path_clean(path, "hard link", clean, err);

    if (r < 0)
        return r;
    if (r == 0)
        return err_set(err, EINVAL, "the root cannot be a hard link");
    r = name_of(b, clean, "hard link", &name, err);
    if (r != 0)
        return r < 0 ? r : 0;
    r = layer_path_clean(target, "target of a hard link", clean_target, err);
    if (r < 0)
        return r;
    if (r == 0)
        return err_set(err, EINVAL, "\"%.200s\" is a hard link to the root", path);
    r = layer_links_follow(&b->nodes, clean_target, "target of a hard link", resolved, &found, err);
    if (r < 0)
        return r;
    link.size = strlen(resolved);
    inode = found ? layer_name_at(&b->nodes, found)->inode : 0;
    if (inode && layer_inode_is_dir(layer_inode_at(&b->nodes, inode))) {
        /* An implicit directory may only hold removals: a lower layer decides whether it exists. */
        if (!(layer_inode_at(&b->nodes, inode)->data.flags & INODE_IMPLICIT))
            return err_set(err, EINVAL, "\"%.200s\" is a hard link to \"%.200s\", a directory", path, target);
    } else if (inode) {
        layer_nodes_assign(&b->nodes, name, inode);
        return 0;
    }
    r = index_writer_text(b->nodes.out, resolved, link.size, &link.target);
    if (r == 0)
        r = layer_nodes_inode(&b->nodes, &link, &inode);
    if (r == 0 && layer_links_hides(&b->nodes, resolved)) {
        layer_inode_at(&b->nodes, inode)->own = true;
        r = buf_append(&b->nodes.links, &inode, sizeof(inode));
    }
    if (r == 0)
        layer_nodes_assign(&b->nodes, name, inode);
    return too_many(b, r, path, err);
}

int layer_builder_content(struct layer_builder *b, uint32_t id, uint64_t place, uint32_t flags,
                          uint64_t blocks, uint64_t content_hash)
{
    struct index_inode *in;

    if (id == 0 || id >= layer_inodes_end(&b->nodes))
        return -EINVAL;
    in = &layer_inode_at(&b->nodes, id)->data;
    in->place = place;
    in->flags |= flags & INODE_OWN_FILE;
    in->blocks = blocks;
    in->content_hash = content_hash;
    return 0;
}

int layer_builder_finish(struct layer_builder *b, int fd, struct err *err)
{
    return layer_emit(&b->nodes, fd, err);
}
