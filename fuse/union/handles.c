/* SPDX-License-Identifier: Apache-2.0 */
/* Lasting node numbers. */
#include "union/handles.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "os/cleanup.h"
#include "union/branch_marks.h"
#include "union/handles_way.h"

bool un_finds_handles(const struct un *u)
{
    return u->tree->lasting;
}

/* The kernel requires generation 0 for the root. */
uint32_t un_generation(const struct un *u, uint64_t node)
{
    if (node == UN_ROOT)
        return 0;
    return u->tree->lasting && node < NODE_COUNTED ? u->generation : u->fleeting;
}

static bool hash_handle(struct where w, uint64_t seed, uint64_t *ret)
{
    struct where_handle h;
    ssize_t len = where_handle(w, &h);

    if (len < 0)
        return false;
    *ret = XXH3_64bits_withSeed(h.bytes, (size_t)len, seed + (uint64_t)h.type);
    return true;
}

void handles_open(struct un *u)
{
    struct where upper = {u->branch ? u->branch->config.upper_fd : -1, NULL};
    uint64_t sum = u->tree->lasting;
    struct timespec now;

    /* Fall back to the time, which most likely differs for another daemon. */
    if (getrandom(&u->fleeting, sizeof u->fleeting, GRND_NONBLOCK) != sizeof u->fleeting) {
        clock_gettime(CLOCK_REALTIME, &now);
        u->fleeting = (uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec ^ (uint32_t)getpid() << 16;
    }
    u->generation = u->fleeting;
    if (sum && (!u->branch || hash_handle(upper, sum, &sum)))
        u->generation = (uint32_t)XXH3_64bits(&sum, sizeof sum);
}

static bool is_free(struct un *u, uint64_t id)
{
    return !node_by_id(u->nodes, id) && ref_counts_get(u->refs, id) == 0;
}

/* Make a number from the file's handle; 0 if the upper's file system has no handles. */
static uint64_t born_number(struct un *u, struct where w)
{
    uint64_t hash;

    if (!u->tree->lasting || !hash_handle(w, 0, &hash))
        return 0;
    hash = NODE_BORN | (hash & ((NODE_BORN ^ NODE_COUNTED) - 1));
    return is_free(u, hash) ? hash : 0;
}

/* Does an entry of a merged directory of the upper hide the tree's `step`? Else *ret is its directory of that
 * name, or -1. 1, 0 or an error. */
static int is_in_the_way(struct un *u, int dirfd, const struct step *step, bool last, int *ret)
{
    struct where w = {dirfd, step->name};
    struct stat st;
    int r = where_stat(w, &st);

    *ret = -1;
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (last || !S_ISDIR(st.st_mode))
        return 1;
    r = branch_mark_is(u->branch, w, MARK_OPAQUE, 'y');
    if (r == 0)
        r = branch_mark_has(u->branch, w, MARK_REDIRECT);
    if (r != 0)
        return r;
    *ret = where_open(w, O_PATH | O_DIRECTORY);
    return *ret < 0 ? *ret : 0;
}

/* Does the upper hide the tree's file at its place in the tree? Reads the disk, so that no node is made: the
 * caller is making one. */
static bool is_hidden(struct un *u, uint64_t id)
{
    cleanup_fd int fd = -1;
    struct way w = {0};
    int r = way_find(u->tree, id, &w), next = u->branch->config.upper_fd;

    for (size_t i = w.n; r == 0 && next >= 0 && i-- > 0;) {
        r = is_in_the_way(u, next, &w.steps[i], i == 0, &next);
        if (fd >= 0)
            close(fd);
        fd = next;
    }
    way_clear(&w);
    return r == 1;
}

/* May a file of the upper keep the number of the tree's file that it was copied from? Not while the tree's is
 * visible: the mark may be forged. */
static bool stands_for(struct un *u, const struct node *dir, const char *text, uint32_t type, uint64_t id)
{
    char name[256];
    struct tree_attr attr;
    uint64_t tree_dir;

    if (!is_free(u, id) || tree_getattr(u->tree, id, &attr) < 0 || (attr.mode & S_IFMT) != type ||
        attr.nlink != 1 || tree_name(u->tree, id, &tree_dir, name) < 0)
        return false;
    if (dir->tree == tree_dir && strcmp(name, text) == 0)
        return true;
    return is_hidden(u, id);
}

uint64_t handles_number(struct un *u, const struct node *dir, struct where w, uint32_t type, uint64_t kept)
{
    if (u->tree->lasting && kept && kept < NODE_BORN && type != S_IFDIR &&
        stands_for(u, dir, w.name, type, kept))
        return kept;
    return born_number(u, w);
}

void handles_number_new(struct un *u, struct node *n, struct where w)
{
    uint64_t id = born_number(u, w);

    if (id)
        node_set_id(u->nodes, n, id);
}

void handles_number_link(struct un *u, struct node *n)
{
    struct tree_attr attr;

    if (u->tree->lasting && n->ino < NODE_BORN && is_free(u, n->ino) &&
        tree_getattr(u->tree, n->ino, &attr) == 0 && (attr.mode & S_IFMT) == n->type && attr.nlink > 1)
        node_set_id(u->nodes, n, n->ino);
}
