/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging listings. A listing needs only the first rule of resolve.h, "the first layer that has the name
 * decides": its presence and its type. A name is put in a set, as a whiteout or with its type, and ignored in
 * lower layers. Whiteouts in the OCI form are added after their own layer's names, as they hide nothing
 * there.
 */
#include "stack/stack_listing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "stack/stack_ask.h"
#include "stack/stack_ino.h"
#include "stack/stack_layers.h"
#include "stack/stack_stat.h"
#include "tree/whiteout.h"

#define ZFS_MAGIC      0x2fc12fc1
#define BCACHEFS_MAGIC 0xca451a4e

struct merger {
    struct stack_layers *layers;
    struct buf names;
    struct listing_item *items; /* including whiteouts, as DT_WHT */
    size_t n;
    uint32_t *set; /* hash table of items, as number + 1; NULL while there is one place only */
    size_t set_mask;
    bool single;        /* nothing to merge with */
    struct buf removed; /* names with an OCI whiteout in this layer, NUL-terminated */
    unsigned place;     /* index of the place being read */
    bool last;          /* no place is below */
    struct listing_stamp *stamps;
    bool unsettled; /* a stamp does not show every change */
};

int64_t listing_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void merger_done(struct merger *m)
{
    buf_free(&m->names);
    buf_free(&m->removed);
    free(m->items);
    free(m->set);
    free(m->stamps);
}

static uint32_t *set_slot(const struct merger *m, const char *name, size_t len)
{
    size_t i = XXH3_64bits(name, len) & m->set_mask;
    for (; m->set[i]; i = (i + 1) & m->set_mask) {
        const struct listing_item *item = &m->items[m->set[i] - 1];
        if (item->len == len && memcmp(m->names.data + item->offset, name, len) == 0)
            break;
    }
    return &m->set[i];
}

static int grow_set(struct merger *m)
{
    size_t size = m->set ? (m->set_mask + 1) * 2 : 64;
    uint32_t *bigger = calloc(size, sizeof(*bigger));
    if (!bigger)
        return -ENOMEM;
    free(m->set);
    m->set = bigger;
    m->set_mask = size - 1;
    for (size_t i = 0; i < m->n; i++)
        *set_slot(m, m->names.data + m->items[i].offset, m->items[i].len) = (uint32_t)i + 1;
    return 0;
}

/* Is the name known already from this place or one above? */
static bool known(const struct merger *m, const char *name, size_t len)
{
    return m->set && *set_slot(m, name, len);
}

static int add(struct merger *m, const char *name, size_t len, uint8_t type, uint64_t ino)
{
    if (m->names.len > UINT32_MAX - 256 || m->n == UINT32_MAX)
        return -EFBIG;
    struct listing_item *bigger = array_room(m->items, m->n, sizeof *bigger);

    if (!bigger)
        return -ENOMEM;
    m->items = bigger;
    struct listing_item *item = &m->items[m->n];
    *item = (struct listing_item){ino, (uint32_t)m->names.len, (uint16_t)m->place, (uint8_t)len, type};
    int r = buf_append(&m->names, name, len + 1);
    if (r < 0)
        return r;
    m->n++;
    if (m->single)
        return 0;
    if (!m->set || m->n * 2 > m->set_mask)
        return grow_set(m);
    *set_slot(m, name, len) = (uint32_t)m->n;
    return 0;
}

/* Find out what readdir(3) does not tell: whether a device or an empty file is a whiteout, and missing types.
 * 1 with *type, 0 when the name has been removed. */
static int settle_type(const struct stack_layers *l, int dirfd, const struct place *p, const char *name,
                       uint8_t *type)
{
    bool ask = *type == DT_CHR || *type == DT_UNKNOWN || *type == DT_WHT ||
               (*type == DT_REG && (p->xattr_whiteouts || l->overridden[p->layer]));
    if (!ask)
        return 1;
    struct stat st;
    int r = stack_stat(l, p->layer, dirfd, name, &st, NULL);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    *type = (uint8_t)IFTODT(st.st_mode);
    if (whiteout_is_device(st.st_mode, major(st.st_rdev), minor(st.st_rdev)))
        *type = DT_WHT;
    if (*type == DT_REG && st.st_size == 0 && p->xattr_whiteouts) {
        r = stack_is_xattr_whiteout(dirfd, name);
        if (r < 0)
            return r;
        if (r > 0)
            *type = DT_WHT;
    }
    return 1;
}

static int take_name(struct merger *m, int dirfd, dev_t dev, const struct place *p, const struct dirent *e)
{
    const char *name = e->d_name;
    size_t len = strlen(name);
    if (len > NAME_MAX)
        return 0;
    const char *removed;
    enum whiteout_name says = whiteout_name(name, len, &removed);
    if (says == WHITEOUT_NAME_REMOVES && !m->last)
        return buf_append(&m->removed, removed, strlen(removed) + 1);
    if (says != WHITEOUT_NAME_PLAIN || known(m, name, len))
        return 0;
    uint8_t type = e->d_type;
    int r = settle_type(m->layers, dirfd, p, name, &type);
    if (r <= 0 || (type == DT_DIR && stack_is_own(m->layers, dev, e->d_ino)))
        return r < 0 ? r : 0;
    /* d_ino does not show mounts on the entries. */
    struct stat st = {.st_dev = dev, .st_ino = e->d_ino};
    if (type == DT_DIR)
        (void)stack_covered(m->layers, p->layer, dirfd, name, &st);
    return add(m, name, len, type, stack_ino(m->layers, st.st_dev, st.st_ino));
}

static int hide_removed(struct merger *m)
{
    for (size_t i = 0; i < m->removed.len;) {
        const char *name = m->removed.data + i;
        size_t len = strlen(name);
        int r = known(m, name, len) ? 0 : add(m, name, len, DT_WHT, 0);
        if (r < 0)
            return r;
        i += len + 1;
    }
    m->removed.len = 0;
    return 0;
}

/* Open a place for reading names, with O_NOATIME if permitted. */
static int open_names(struct stack_layers *l, struct place *p, DIR **ret)
{
    struct place_fd at;
    int r = place_open(l, p, &at);
    if (r < 0)
        return r;
    int fd = openat(at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = fd < 0 ? -errno : 0;
    place_close(l, &at);
    return r < 0 ? r : dir_of(fd, ret);
}

bool listing_stamp_is(const struct listing_stamp *stamp, const struct stat *st)
{
    const struct timespec *m = &st->st_mtim, *c = &st->st_ctim;
    return stamp->ino == st->st_ino &&
           (!stamp->ino || (stamp->dev == st->st_dev && stamp->mtime.tv_sec == m->tv_sec &&
                            stamp->mtime.tv_nsec == m->tv_nsec && stamp->ctime.tv_sec == c->tv_sec &&
                            stamp->ctime.tv_nsec == c->tv_nsec));
}

/* Is the last change so old that a later one has another time? Clocks of file systems tick at least every 10
 * ms, or every second or two for whole seconds. A time in the future does not count. */
static bool is_past(const struct timespec *changed)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double age = difftime(now.tv_sec, changed->tv_sec) + (double)(now.tv_nsec - changed->tv_nsec) / 1e9;
    return age > (changed->tv_nsec == 0 ? 3 : 0.1);
}

/* Stacked, remote and FUSE file systems may change entries without changing the directory's times. */
static bool has_times(int fd)
{
    static const long kinds[] = {EXT4_SUPER_MAGIC,     XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC,
                                 TMPFS_MAGIC,          F2FS_SUPER_MAGIC, SQUASHFS_MAGIC,
                                 EROFS_SUPER_MAGIC_V1, ZFS_MAGIC,        BCACHEFS_MAGIC};
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (fs.f_type == kinds[i])
            return true;
    return false;
}

/* Record the stamp before the names are read. */
static void take_stamp(struct merger *m, int fd, const struct place *p, const struct stat *st)
{
    m->stamps[m->place] = (struct listing_stamp){st->st_dev, st->st_ino, st->st_mtim, st->st_ctim};
    /* Whiteout and override attributes of entries change without a change of the directory. */
    if (p->xattr_whiteouts || m->layers->overridden[p->layer] || !is_past(&st->st_ctim) || !has_times(fd))
        m->unsettled = true;
}

static int take_place(struct merger *m, struct place *p)
{
    cleanup_dir DIR *dir = NULL;
    int r = open_names(m->layers, p, &dir);
    if (r == -ENOENT || r == -ENOTDIR)
        return 0; /* removed from a live layer */
    if (r < 0)
        return r;
    struct stat st;
    if (fstat(dirfd(dir), &st) < 0)
        return -errno;
    take_stamp(m, dirfd(dir), p, &st);
    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        r = take_name(m, dirfd(dir), st.st_dev, p, e);
        if (r < 0)
            return r;
    }
    if (r < 0 && r != -ENOENT) /* -ENOENT: the directory was removed meanwhile */
        return r;
    return hide_removed(m);
}

static int by_name(const void *a, const void *b, void *names)
{
    const struct listing_item *x = a, *y = b;
    const char *base = names;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = memcmp(base + x->offset, base + y->offset, n);
    return c ? c : x->len - y->len;
}

/* Copy the items that are not whiteouts into blocks of exact size, in order. */
static struct listing *compact(struct merger *m)
{
    size_t n = 0, bytes = 0;
    for (size_t i = 0; i < m->n; i++)
        if (m->items[i].type != DT_WHT) {
            m->items[n++] = m->items[i];
            bytes += m->items[i].len + 1u;
        }
    struct listing *list = calloc(1, sizeof(*list));
    if (!list)
        return NULL;
    atomic_init(&list->refs, 1);
    if (n == 0)
        return list;
    qsort_r(m->items, n, sizeof(*m->items), by_name, m->names.data);
    list->items = malloc(n * sizeof(*list->items));
    list->names = malloc(bytes);
    if (!list->items || !list->names) {
        listing_unref(list);
        return NULL;
    }
    list->n = n;
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        list->items[i] = m->items[i];
        list->items[i].offset = (uint32_t)end;
        memcpy(list->names + end, m->names.data + m->items[i].offset, m->items[i].len + 1u);
        end += m->items[i].len + 1u;
    }
    return list;
}

int listing_make(struct stack_layers *l, struct place *const *places, unsigned n, struct listing **ret)
{
    struct merger m = {.layers = l, .single = n == 1};
    int64_t began = listing_clock();
    m.stamps = calloc(n + 1, sizeof(*m.stamps));
    int r = m.stamps ? 0 : -ENOMEM;
    for (unsigned i = 0; i < n && r == 0; i++) {
        m.place = i;
        m.last = i + 1 == n;
        r = take_place(&m, places[i]);
    }
    struct listing *list = r == 0 ? compact(&m) : NULL;
    if (list) {
        atomic_init(&list->right, began);
        list->settled = !m.unsettled;
        list->stamps = steal_ptr(&m.stamps);
        *ret = list;
    }
    merger_done(&m);
    return list ? 0 : r < 0 ? r : -ENOMEM;
}

struct listing *listing_ref(struct listing *list)
{
    atomic_fetch_add_explicit(&list->refs, 1, memory_order_relaxed);
    return list;
}

void listing_unref(struct listing *list)
{
    if (!list || atomic_fetch_sub_explicit(&list->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(list->stamps);
    free(list->items);
    free(list->names);
    free(list);
}

const struct listing_item *listing_find(const struct listing *list, const char *name, size_t len)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct listing_item *item = &list->items[middle];
        size_t n = item->len < len ? item->len : len;
        int c = memcmp(name, list->names + item->offset, n);
        if (c == 0)
            c = len < item->len ? -1 : len > item->len;
        if (c == 0)
            return item;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

int listing_entry(const struct listing *list, uint64_t position, struct tree_entry *ret, char scratch[256])
{
    if (position >= list->n)
        return 0;
    const struct listing_item *item = &list->items[position];
    memcpy(scratch, list->names + item->offset, item->len + 1u);
    *ret = (struct tree_entry){scratch, item->len, item->ino, item->type, position};
    return 1;
}
