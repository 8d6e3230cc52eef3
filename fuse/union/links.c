/* SPDX-License-Identifier: Apache-2.0 */
#include "union/links.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "union/look.h"

#define BITS 8

struct links {
    struct node *place; /* stands for the directory; pinned */
    struct node *chains[1u << BITS];
};

#define NAME_SIZE 17

static const char *name_of(uint64_t ino, char buf[NAME_SIZE])
{
    snprintf(buf, NAME_SIZE, "%" PRIx64, ino);
    return buf;
}

static struct node **chain_of(const struct un *u, uint64_t ino)
{
    return &u->links->chains[(ino * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - BITS)];
}

struct node *links_find(const struct un *u, uint64_t ino)
{
    struct node *n = *chain_of(u, ino);

    while (n && n->ino != ino)
        n = n->next_link;
    return n;
}

static void enter(struct un *u, struct node *n, uint32_t tree_names)
{
    struct node **chain = chain_of(u, n->ino);

    node_pin(n);
    n->grouped = true;
    n->tree_names = tree_names;
    n->next_link = *chain;
    *chain = n;
}

static int store_count(struct un *u, const struct node *n, uint32_t tree_names)
{
    char name[NAME_SIZE];
    uint32_t count = htole32(tree_names);

    return branch_mark_set(u->branch, (struct where){u->branch->links_fd, name_of(n->ino, name)}, MARK_LINKS,
                           &count, sizeof count);
}

/* ---- reading the directory */

static int load_one(struct un *u, const char *text)
{
    struct where w = {u->branch->links_fd, text};
    struct stat st;
    struct node *n;
    char *end;
    uint64_t ino = strtoull(text, &end, 16);
    uint32_t count = 0;
    int r = where_stat(w, &st);

    if (r < 0 || *end || S_ISDIR(st.st_mode))
        return r;
    if (branch_mark_get(u->branch, w, MARK_LINKS, &count, sizeof count) != (ssize_t)sizeof count)
        return 0; /* not ours */
    /* No name but this one: its last was removed when an earlier daemon ended. */
    if (st.st_nlink <= 1 && count == 0)
        return unlinkat(w.fd, text, 0) < 0 ? -errno : 0;
    n = node_new(u->nodes, 0, st.st_mode & S_IFMT);
    if (!n)
        return -ENOMEM;
    n->ino = ino;
    r = node_set_name(n, u->links->place, text);
    if (r == 0)
        r = look_content_part(u, n, w);
    if (r == 0) {
        node_set_upper(u->nodes, n, st.st_ino);
        enter(u, n, le32toh(count));
    }
    core_done(u, n);
    return r;
}

static int load(struct un *u)
{
    int fd = openat(u->branch->links_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (!dir) {
        r = -errno;
        if (fd >= 0)
            close(fd);
        return r;
    }
    while (r == 0 && (errno = 0, e = readdir(dir))) {
        if (e->d_name[0] != '.')
            r = load_one(u, e->d_name);
    }
    if (r == 0 && errno)
        r = -errno;
    closedir(dir);
    return r;
}

int links_open(struct un *u)
{
    u->links = calloc(1, sizeof *u->links);
    if (!u->links || !(u->links->place = node_new(u->nodes, 0, S_IFDIR)))
        return -ENOMEM;
    u->links->place->held_fd = fcntl(u->branch->links_fd, F_DUPFD_CLOEXEC, 0);
    return u->links->place->held_fd < 0 ? -errno : load(u);
}

void links_close(struct un *u)
{
    free(u->links); /* the nodes are the table's */
    u->links = NULL;
}

/* ---- becoming one */

int links_begin(struct un *u, const struct node *n, struct where copy, uint32_t tree_names)
{
    char name[NAME_SIZE], proc[sizeof "/proc/self/fd/" + 11];
    int links = u->branch->links_fd, r;

    name_of(n->ino, name);
    unlinkat(links, name, 0);
    if (*copy.name) {
        r = linkat(copy.fd, copy.name, links, name, 0);
    } else {
        snprintf(proc, sizeof proc, "/proc/self/fd/%d", copy.fd);
        r = linkat(AT_FDCWD, proc, links, name, AT_SYMLINK_FOLLOW);
    }
    if (r < 0)
        return -errno;
    r = store_count(u, n, tree_names);
    if (r < 0)
        links_undo(u, n);
    return r;
}

void links_undo(struct un *u, const struct node *n)
{
    char name[NAME_SIZE];

    unlinkat(u->branch->links_fd, name_of(n->ino, name), 0);
}

int links_done(struct un *u, struct node *n, uint32_t tree_names)
{
    char name[NAME_SIZE];
    int r = node_set_name(n, u->links->place, name_of(n->ino, name));

    if (r < 0)
        return r;
    enter(u, n, tree_names);
    /* Too high a count after a crash is a blemish; too low a one would lose a name. So it goes down last. */
    return store_count(u, n, tree_names);
}

void links_less(struct un *u, struct node *n)
{
    if (n->tree_names > 0)
        (void)store_count(u, n, --n->tree_names);
}

void links_end(struct un *u, struct node *n)
{
    struct node **p = chain_of(u, n->ino);

    links_undo(u, n);
    while (*p != n)
        p = &(*p)->next_link;
    *p = n->next_link;
    n->grouped = false;
    if (n->parent == u->links->place)
        node_set_name(n, NULL, NULL);
    core_done(u, n);
}

int links_materialize(struct un *u, struct node *n, struct node *dir, const char *text)
{
    struct upper_fd from, to;
    struct where w;
    struct name *name;
    int r = upper_where(u, n, &from, &w);

    if (r < 0)
        return r;
    r = upper_open(u, dir, &to);
    name = r == 0 ? names_add(dir->names, text) : NULL;
    if (r == 0 && !name)
        r = -ENOMEM;
    if (r == 0 && linkat(w.fd, w.name, to.fd, text, 0) < 0)
        r = -errno;
    if (r == 0) {
        core_name_shows(name, n, true);
        links_less(u, n);
    } else if (name) {
        names_remove(dir->names, name);
    }
    upper_close(u, &to);
    upper_close(u, &from);
    return r;
}
