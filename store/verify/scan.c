/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the names in the store's directories: objects, and foreign files (store/FORMAT.md). */
#include "verify/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "verify/check.h"
#include "verify/finding.h"

#define ID_DIGITS 16

static const char *type_text(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "a file";
    case S_IFDIR:
        return "a directory";
    case S_IFLNK:
        return "a symbolic link";
    default:
        return "a special file";
    }
}

/* ---- objects */

static int append(struct check *c, const struct object *o)
{
    struct object *more = array_room(c->objects, c->n_objects, sizeof *more);

    if (!more)
        return check_failed(c, -ENOMEM, "the store");
    c->objects = more;
    more[c->n_objects++] = *o;
    return 0;
}

/* 1 if added, 0 if there is no such name. An object of the wrong file type is damaged. */
static int add_object(struct check *c, enum object_kind kind, const struct digest *d)
{
    struct object o = {.kind = kind, .digest = *d};
    struct stat st;
    mode_t wanted = kind == OBJECT_LAYER ? S_IFDIR : S_IFREG;

    if (object_path(kind, d, o.path) < 0)
        return 0;
    if (fstatat(store_fd(c->s), o.path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : check_failed(c, -errno, o.path);
    if ((st.st_mode & S_IFMT) != wanted) {
        check_note_object(c, &o, kind == OBJECT_BLOB ? VERIFY_CONTENT : VERIFY_METADATA, NULL,
                          "it is %s, and should be %s", type_text(st.st_mode), type_text(wanted));
    }
    o.size = kind == OBJECT_LAYER ? 0 : (uint64_t)st.st_size;
    return append(c, &o) < 0 ? -1 : 1;
}

static int by_kind_and_digest(const void *pa, const void *pb)
{
    const struct object *a = pa, *b = pb;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->digest.alg != b->digest.alg)
        return a->digest.alg < b->digest.alg ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes);
}

struct object *check_find(const struct check *c, enum object_kind kind, const struct digest *d)
{
    const struct object key = {.kind = kind, .digest = *d};

    return c->n_objects ? bsearch(&key, c->objects, c->n_objects, sizeof *c->objects, by_kind_and_digest)
                        : NULL;
}

/* ---- directories */

static void foreign(struct check *c, const char *dir, const char *name)
{
    cleanup_free char *path = NULL;

    if (asprintf(&path, "%s%s%s", dir, *dir ? "/" : "", name) < 0) {
        path = NULL;
        check_failed(c, -ENOMEM, "the store");
        return;
    }
    check_note(c, VERIFY_FOREIGN, VERIFY_FILE, NULL, path, "it is not mica's");
}

/* Opens a directory of the store; NULL and a finding if it is missing or no directory. */
static DIR *open_dir(struct check *c, const char *path)
{
    DIR *dir = NULL;
    int r = dir_of(beneath_open(store_fd(c->s), path, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (check_is_trouble(r))
        check_failed(c, r, path);
    else if (r < 0)
        check_note(c, r == -ENOENT ? VERIFY_MISSING : check_fault_of(r, VERIFY_METADATA), VERIFY_FILE, NULL,
                   path, "%s", r == -ENOENT ? "the store lacks this directory" : strerror(-r));
    return dir;
}

/* Calls `look` for each name of a directory. */
static void each_name(struct check *c, const char *path,
                      void (*look)(struct check *c, const char *path, const char *name))
{
    cleanup_dir DIR *dir = open_dir(c, path);
    int r = 0;

    if (!dir)
        return;
    for (const struct dirent *e; (e = dir_next(dir, &r));)
        look(c, strcmp(path, ".") == 0 ? "" : path, e->d_name);
    if (r < 0)
        check_failed(c, r, path);
}

static void look_at_blob(struct check *c, const char *dir, const char *name)
{
    struct digest d;
    char text[DIGEST_STRING_MAX + NAME_MAX];

    snprintf(text, sizeof text, "%s:%s", strrchr(dir, '/') + 1, name);
    if (digest_parse_str(text, &d) < 0)
        foreign(c, dir, name);
    else
        add_object(c, OBJECT_BLOB, &d);
}

static void look_at_layer(struct check *c, const char *dir, const char *name)
{
    struct digest d;

    if (digest_parse_hex(name, &d) < 0)
        foreign(c, dir, name);
    else
        add_object(c, OBJECT_LAYER, &d);
}

static void look_at_tree(struct check *c, const char *dir, const char *name)
{
    struct digest d;

    if (digest_parse_hex(name, &d) < 0)
        foreign(c, dir, name);
    else
        add_object(c, OBJECT_TREE, &d);
}

static void look_at_algorithm(struct check *c, const char *dir, const char *name)
{
    if (strcmp(name, "sha256") != 0 && strcmp(name, "sha512") != 0)
        foreign(c, dir, name);
}

static void look_at_branch(struct check *c, const char *dir, const char *name)
{
    if (store_branch_check_name(name, NULL) < 0)
        foreign(c, dir, name);
}

/* Is this name 16 digits with one of the endings? They are separated by blanks and may be empty. */
static bool is_id(const char *name, const char *ending)
{
    return strspn(name, "0123456789abcdef") == ID_DIGITS && strcmp(name + ID_DIGITS, ending) == 0;
}

static void look_at_lease(struct check *c, const char *dir, const char *name)
{
    if (!is_id(name, ".json") && !(name[0] == '.' && is_id(name + 1, "")))
        foreign(c, dir, name);
}

static void look_at_staging(struct check *c, const char *dir, const char *name)
{
    if (!is_id(name, "") && !is_id(name, ".lock"))
        foreign(c, dir, name);
}

static void look_at_root(struct check *c, const char *dir, const char *name)
{
    static const char *const known[] = {"format",   "oci-layout", "index.json", "blobs", "layers", "trees",
                                        "branches", "leases",     "run",        "tmp",   "lock"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return;
    foreign(c, dir, name);
}

static int sort(struct check *c)
{
    if (c->n_objects)
        qsort(c->objects, c->n_objects, sizeof *c->objects, by_kind_and_digest);
    return c->error;
}

int check_scan(struct check *c)
{
    each_name(c, ".", look_at_root);
    each_name(c, "blobs", look_at_algorithm);
    each_name(c, "blobs/sha256", look_at_blob);
    each_name(c, "blobs/sha512", look_at_blob);
    each_name(c, "layers", look_at_layer);
    each_name(c, "trees", look_at_tree);
    each_name(c, "branches", look_at_branch);
    each_name(c, "leases", look_at_lease);
    each_name(c, "tmp", look_at_staging);
    return sort(c);
}

int check_list_needed(struct check *c)
{
    for (size_t i = 0; i < c->needs.n_objects; i++)
        add_object(c, c->needs.objects[i].kind, &c->needs.objects[i].digest);
    return sort(c);
}

/* Is the object in a read-only store below, which is not checked? */
static bool is_elsewhere(const struct check *c, const struct object *o)
{
    switch (o->kind) {
    case OBJECT_BLOB:
        return store_has_blob(c->s, &o->digest);
    case OBJECT_LAYER:
        return store_has_layer(c->s, &o->digest);
    case OBJECT_TREE:
        break;
    }
    return store_has_tree(c->s, &o->digest);
}

void check_missing(struct check *c)
{
    for (size_t i = 0; i < c->needs.n_objects; i++) {
        struct object o = {.kind = c->needs.objects[i].kind, .digest = c->needs.objects[i].digest};

        if (!check_find(c, o.kind, &o.digest) && !is_elsewhere(c, &o) &&
            object_path(o.kind, &o.digest, o.path) == 0)
            check_note_object(c, &o, VERIFY_MISSING, NULL, "it is not in the store");
    }
}
