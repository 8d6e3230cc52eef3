/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a layer's directory: its names, its index, and the places of its contents. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/index_verify.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/layer_path.h"

#define NUMBER_MAX 24

/* ---- contents listed in the index */

/* Contents in packs first, by pack and offset, so that each is read from front to back. */
static int by_place(const void *pa, const void *pb)
{
    const struct content_ref *a = pa, *b = pb;

    if (a->own != b->own)
        return a->own ? 1 : -1;
    if (a->pack != b->pack)
        return a->pack < b->pack ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

/* Sets pack and offset of a content. */
static int locate(const struct object *o, const struct index_inode *in, struct content_ref *ref)
{
    struct place p;
    int r = ref->own ? 0 : places_find(o->places, in->place, in->size, &p);

    if (r == 0 && !ref->own) {
        ref->place = p.at;
        ref->pack = p.pack;
    }
    return r;
}

static int gather_contents(struct object *o)
{
    cleanup_free struct content_ref *refs = NULL;
    size_t n = 0, room = 0;

    for (uint64_t i = 1; i <= index_inodes(o->ix); i++) {
        struct index_inode in;
        int r = index_inode(o->ix, i, &in);

        if (r < 0)
            return r;
        if (!S_ISREG(in.mode) || in.flags & INODE_LOWER_LINK)
            continue;
        if (n == room) {
            struct content_ref *more = reallocarray(refs, room = room ? 2 * room : 64, sizeof *more);

            if (!more)
                return -ENOMEM;
            refs = more;
        }
        refs[n] = (struct content_ref){.place = in.place,
                                       .size = in.size,
                                       .hash = in.content_hash,
                                       .inode = (uint32_t)i,
                                       .own = (in.flags & INODE_OWN_FILE) != 0};
        r = locate(o, &in, &refs[n++]);
        if (r < 0)
            return r;
    }
    if (n)
        qsort(refs, n, sizeof *refs, by_place);
    o->refs = steal_ptr(&refs);
    o->n_refs = n;
    return 0;
}

/* ---- names in the directory */

static bool has_own_file(const struct object *o, uint64_t number)
{
    size_t low = 0, high = o->n_refs;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct content_ref *ref = &o->refs[middle];

        if (ref->own && ref->place == number)
            return true;
        if (ref->own && ref->place > number)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* Is this a name in files/: the number of a content, in mica's spelling? */
static bool is_file_name(const struct object *o, const char *name)
{
    char text[NUMBER_MAX];
    uint64_t number;

    if (sscanf(name, "%" SCNu64, &number) != 1)
        return false;
    snprintf(text, sizeof text, "%" PRIu64, number);
    return strcmp(text, name) == 0 && has_own_file(o, number);
}

/* Is this a name in packs/ that a content needs? */
static bool is_pack_name(const struct object *o, const char *name)
{
    uint32_t number;
    size_t low = 0, high = o->n_refs;

    if (!places_is_pack_name(name, &number))
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct content_ref *ref = &o->refs[middle];

        if (!ref->own && ref->pack == number)
            return true;
        if (ref->own || ref->pack > number)
            high = middle;
        else
            low = middle + 1;
    }
    return number == PLACES_OWN_PACK;
}

static bool is_marker(const struct object *o, const char *name)
{
    struct digest d;

    (void)o;
    return from_parse(name, &d) == 0;
}

static bool is_part(const struct object *o, const char *name)
{
    static const char *const parts[] = {"index", "pack", "packs", PLACES_NAME, "files", "from"};

    (void)o;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(name, parts[i]) == 0)
            return true;
    return false;
}

static void look_for_foreign(struct check *c, struct object *o, int layer, const char *below,
                             bool (*is_ours)(const struct object *o, const char *name))
{
    cleanup_dir DIR *dir = NULL;
    char path[NAME_MAX + sizeof "files/"]; /* as long as "packs/" */
    int r = dir_of(beneath_open(layer, below, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (r < 0) {
        if (check_is_trouble(r))
            check_failed(c, r, o->path);
        return; /* files/ and from/ are optional; a missing other one is reported where it is read */
    }
    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        if (is_ours(o, e->d_name))
            continue;
        snprintf(path, sizeof path, "%s%s%s", strcmp(below, ".") == 0 ? "" : below,
                 strcmp(below, ".") == 0 ? "" : "/", e->d_name);
        check_note_object(c, o, VERIFY_FOREIGN, path, "it is not mica's");
    }
}

/* Adds findings for parts of the layer with the wrong file type. */
static void look_for_types(struct check *c, struct object *o, int layer)
{
    static const struct {
        const char *name;
        mode_t type;
        enum verify_fault fault;
    } parts[] = {{"index", S_IFREG, VERIFY_METADATA}, {"pack", S_IFREG, VERIFY_CONTENT},
                 {"packs", S_IFDIR, VERIFY_CONTENT},  {PLACES_NAME, S_IFREG, VERIFY_METADATA},
                 {"files", S_IFDIR, VERIFY_CONTENT},  {"from", S_IFDIR, VERIFY_METADATA}};
    struct stat st;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (fstatat(layer, parts[i].name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            (st.st_mode & S_IFMT) == parts[i].type)
            continue;
        check_note_object(c, o, parts[i].fault, parts[i].name, "it is not a %s",
                          parts[i].type == S_IFREG ? "regular file" : "directory");
    }
}

/* ---- the whole layer */

/* Checks the table of places against the index: both are in the order of places. */
static int verify_places(const struct object *o, struct err *err)
{
    uint64_t before = 0;

    for (uint64_t i = 0; i < places_count(o->places); i++) {
        struct place p;
        int r = places_get(o->places, i, &p);

        if (r < 0 || (i && p.from <= before))
            return err_set(err, EUCLEAN, PLACES_NAME ": damaged: entry %" PRIu64 " is wrong", i + 1);
        before = p.from;
    }
    return 0;
}

static int open_places(struct object *o, int layer, struct err *err)
{
    int r = places_open(layer, &o->places, err);

    return r == 0 ? verify_places(o, err) : r;
}

static int open_index(struct check *c, struct object *o, int layer, struct err *err)
{
    cleanup_fd int fd = beneath_open(layer, "index", O_RDONLY | O_NONBLOCK, 0);
    int r;

    if (fd < 0)
        return err_errno(err, -fd, "it cannot be opened");
    r = open_places(o, layer, err);
    if (r == 0)
        r = index_open(fd, o->path, INDEX_LAYER, &o->ix, err);
    if (r == 0)
        r = index_verify(o->ix, err);
    if (r == 0 && (r = gather_contents(o)) < 0)
        err_errno(err, -r, "its contents cannot be listed");
    if (r < 0 && o->ix && !check_is_trouble(r)) {
        index_free(o->ix);
        o->ix = NULL;
    }
    (void)c;
    return r;
}

void check_layer(struct check *c, struct object *o)
{
    cleanup_fd int layer = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_DIRECTORY, 0);
    struct err err = {""};
    int r = layer;

    if (layer >= 0) {
        look_for_types(c, o, layer);
        r = open_index(c, o, layer, &err);
    }
    if (check_is_trouble(r)) {
        check_failed(c, r, o->path);
        return;
    }
    if (layer < 0) {
        check_note_object(c, o, check_fault_of(r, VERIFY_METADATA), NULL, "%s", strerror(-r));
        return;
    }
    look_for_foreign(c, o, layer, ".", is_part);
    look_for_foreign(c, o, layer, "from", is_marker);
    if (r < 0) {
        check_note_object(c, o, check_fault_of(r, VERIFY_METADATA), "index", "%s", err.text);
        return;
    }
    look_for_foreign(c, o, layer, "files", is_file_name);
    look_for_foreign(c, o, layer, "packs", is_pack_name);
    if (o->state == OBJECT_UNCHECKED)
        o->state = OBJECT_SOUND;
}

void check_layer_done(struct check *c, struct object *o)
{
    size_t bad = atomic_load(&o->bad_contents);
    int error = atomic_load(&o->bad_error);
    char path[LAYER_PATH_MAX];

    if (bad == 0)
        return;
    layer_path_of(o->ix, atomic_load(&o->bad_inode), path);
    const char *why = error ? strerror(-error) : "different from the index";
    if (bad == 1)
        check_note_object(c, o, check_fault_of(error, VERIFY_CONTENT), NULL, "the content of \"%s\": %s",
                          path, why);
    else
        check_note_object(c, o, check_fault_of(error, VERIFY_CONTENT), NULL,
                          "the contents of %zu files, \"%s\" among them: %s", bad, path, why);
}
