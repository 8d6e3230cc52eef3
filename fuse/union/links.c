/* SPDX-License-Identifier: Apache-2.0 */
#include "union/links.h"
#include "union/handles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"
#include "union/links_count.h"
#include "union/owner.h"
#include "union/tree_part.h"
#include "union/upper.h"

#define BITS 8

struct links {
    struct node *place; /* node of the links directory; pinned */
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

struct node *links_next(const struct un *u, const struct node *n)
{
    struct node *const *end = u->links->chains + sizeof u->links->chains / sizeof *u->links->chains;
    struct node *const *chain = n ? chain_of(u, n->ino) + 1 : u->links->chains;

    if (n && n->next_link)
        return n->next_link;
    while (chain < end && !*chain)
        chain++;
    return chain < end ? *chain : NULL;
}

static void enter(struct un *u, struct node *n, uint32_t tree_names, bool counts_all)
{
    struct node **chain = chain_of(u, n->ino);

    node_pin(n);
    n->grouped = true;
    n->tree_names = tree_names;
    n->counts_all = counts_all;
    n->next_link = *chain;
    *chain = n;
}

/*
 * Count on disk: names that only the tree has, or (ALL_NAMES set) all names. A tree name that gets an entry
 * in the upper leaves the second unchanged; an entry that comes or goes leaves the first. The file system
 * counts the upper's own names in the same step.
 */
#define ALL_NAMES UINT32_C(0x80000000)

/* One of its links in the file system is in the links directory. */
static int count_form(struct un *u, struct node *n, bool all)
{
    char name[NAME_SIZE];
    struct where w = {u->branch->links_fd, name_of(n->ino, name)};
    struct stat st;
    int r;

    if (n->counts_all == all)
        return 0;
    r = where_stat(w, &st);
    if (r == 0)
        r = links_count_set(u->branch, name, w,
                            all ? ALL_NAMES | (uint32_t)(n->tree_names + st.st_nlink - 1) : n->tree_names);
    if (r == 0)
        n->counts_all = all;
    return r;
}

int links_prepare(struct un *u, struct node *n)
{
    return n->grouped ? count_form(u, n, false) : 0;
}

/* ---- loading the directory */

/* Remove through the work directory: the file may have sidecar marks (aside.h). */
static int remove_last(struct un *u, const char *text)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = u->branch->config.work_fd;

    if (renameat(u->branch->links_fd, text, work, branch_temporary(u->branch, temporary)) < 0)
        return -errno;
    branch_discard(u->branch, temporary);
    links_count_forget(u->branch, text);
    return 0;
}

static int load_one(struct un *u, const char *text)
{
    struct where w = {u->branch->links_fd, text};
    struct stat st;
    struct node *n;
    char *end;
    uint64_t ino = strtoull(text, &end, 16);
    uint32_t count = 0, tree_names;
    bool counts_all;
    int r = owner_stat(u->branch, w, &st);

    if (r == 0 && *end)
        links_count_tidy(u->branch, text);
    if (r < 0 || *end || S_ISDIR(st.st_mode))
        return r;
    r = links_count_get(u->branch, text, w, &count);
    if (r < 0)
        return r == -ENODATA ? 0 : r; /* not mica's file */
    tree_names = count;
    counts_all = count & ALL_NAMES;
    if (counts_all) {
        count &= ~ALL_NAMES;
        tree_names = count > st.st_nlink - 1 ? count - (uint32_t)(st.st_nlink - 1) : 0;
    }
    /* No other name is left: an earlier daemon removed the last. */
    if (st.st_nlink <= 1 && tree_names == 0 && u->branch->config.only_looks)
        return 0;
    if (st.st_nlink <= 1 && tree_names == 0)
        return remove_last(u, text);
    n = node_new(u->nodes, 0, st.st_mode & S_IFMT);
    if (!n)
        return -ENOMEM;
    n->ino = ino;
    handles_number_link(u, n);
    r = node_set_name(n, u->links->place, text);
    if (r == 0)
        r = tree_part_of_content(u, n, w);
    if (r == 0) {
        node_set_upper(u->nodes, n, st.st_ino);
        enter(u, n, tree_names, counts_all);
    }
    core_done(u, n);
    return r;
}

/* Name the file and the remedy in the message. */
static int complain(const char *text, int r, struct err *err)
{
    if (r == -ERANGE)
        return err_set(
            err, EUCLEAN,
            "\"mica-links/%s\" beside the work directory: its attribute mica.links does not have 4 bytes, so "
            "how "
            "many names the file has is unknown; remove that file, and its other names show the files of the "
            "lower layers",
            text);
    return err_errno(err, -r, "\"mica-links/%s\" beside the work directory", text);
}

static int load(struct un *u, struct err *err)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(u->branch->links_fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        if (e->d_name[0] != '.')
            r = load_one(u, e->d_name);
        if (r == -ENOENT && u->branch->config.only_looks)
            r = 0;
        if (r < 0)
            return complain(e->d_name, r, err);
    }
    return r;
}

int links_open(struct un *u, struct err *err)
{
    u->links = calloc(1, sizeof *u->links);
    if (!u->links || !(u->links->place = node_new(u->nodes, 0, S_IFDIR)))
        return -ENOMEM;
    if (u->branch->links_fd < 0) /* read-only, and never mounted */
        return 0;
    u->links->place->held_fd = fcntl(u->branch->links_fd, F_DUPFD_CLOEXEC, 0);
    return u->links->place->held_fd < 0 ? -errno : load(u, err);
}

void links_close(struct un *u)
{
    free(u->links); /* the table owns the nodes */
    u->links = NULL;
}

/* ---- adding a link */

int links_begin(struct un *u, struct node *n, struct where copy, uint32_t names)
{
    char name[NAME_SIZE];
    int links = u->branch->links_fd;
    int r = links_count_set(u->branch, name_of(n->ino, name), copy, ALL_NAMES | names);

    if (r == 0)
        r = node_set_name(n, u->links->place, name);
    if (r < 0)
        return r;
    r = where_link(copy, links, name);
    if (r == -EEXIST) { /* left by an unfinished copy */
        (void)remove_last(u, name);
        r = links_count_set(u->branch, name, copy, ALL_NAMES | names);
        if (r == 0)
            r = where_link(copy, links, name);
    }
    if (r < 0) {
        node_set_name(n, NULL, NULL);
        return r;
    }
    enter(u, n, names, true);
    return 0;
}

void links_has_name(struct node *n)
{
    n->tree_names--;
}

void links_end(struct un *u, struct node *n)
{
    char name[NAME_SIZE];
    struct node **p = chain_of(u, n->ino);

    if (unlinkat(u->branch->links_fd, name_of(n->ino, name), 0) == 0)
        links_count_forget(u->branch, name);
    while (*p != n)
        p = &(*p)->next_link;
    *p = n->next_link;
    n->grouped = false;
    if (!n->parked)
        node_set_name(n, NULL, NULL);
    core_done(u, n);
}

/* Make a link that programs cannot see: the directory keeps its times. */
static int link_unseen(struct where from, int dirfd, const char *text)
{
    const struct where dir = {dirfd, "."};
    struct stat st;
    int r = where_stat(dir, &st);

    if (r == 0)
        r = where_link(from, dirfd, text);
    if (r == 0)
        (void)where_utimens(dir, (const struct timespec[]){st.st_atim, st.st_mtim});
    return r;
}

int links_materialize(struct un *u, struct node *n, struct node *dir, const char *text)
{
    struct upper_fd from, to;
    struct where w;
    struct name *name;
    int r = upper_pin(u, n, &from, &w, NULL);

    if (r < 0)
        return r;
    r = upper_open(u, dir, &to);
    name = r == 0 ? names_add(dir->names, text) : NULL;
    if (r == 0 && !name)
        r = -ENOMEM;
    if (r == 0 && n->grouped)
        r = count_form(u, n, true);
    if (r == 0)
        r = link_unseen(w, to.fd, text);
    if (r == 0) {
        core_name_shows(name, n, true);
        if (n->grouped && n->tree_names > 0)
            n->tree_names--;
    } else if (name) {
        names_remove(dir->names, name);
    }
    upper_close(u, &to);
    upper_close(u, &from);
    return r;
}
