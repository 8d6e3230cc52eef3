/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "made_stack.h"
#include "os/beneath.h"
#include "stack/stack_tree.h"
#include "tree/path_walk.h"

/* Marks are trusted.overlay.* where those can be used, as kernel overlayfs does it. */
static const char *family(void)
{
    return geteuid() == 0 ? "trusted.overlay" : "user.overlay";
}

void make_base(struct stack *s)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(s->base, sizeof(s->base), "%s/stack-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->base));
    for (unsigned i = 0; i < LAYERS; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%u", s->base, i);
        assert_int_equal(mkdir(path, 0755), 0);
    }
}

const char *path_in(const struct stack *s, unsigned layer, const char *path)
{
    static _Thread_local char text[4][1024];
    static _Thread_local unsigned turn;
    char *t = text[turn++ % 4];
    snprintf(t, sizeof(text[0]), "%s/%u/%s", s->base, layer, path);
    return t;
}

void write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

void set_mark(const char *path, const char *mark, const char *value)
{
    char name[64];
    snprintf(name, sizeof(name), "%s.%s", family(), mark);
    assert_int_equal(lsetxattr(path, name, value, strlen(value), 0), 0);
}

void make_thing(const struct stack *s, const struct thing *t)
{
    const char *path = path_in(s, t->layer, t->path);
    char name[128];
    switch (t->kind) {
    case 'd':
        assert_int_equal(mkdir(path, 0755), 0);
        return;
    case 'f':
        write_file(path, t->value);
        return;
    case 'l':
        assert_int_equal(symlink(t->value, path), 0);
        return;
    case 'h':
        assert_int_equal(link(path_in(s, t->layer, t->value), path), 0);
        return;
    case 'p':
        assert_int_equal(mkfifo(path, 0644), 0);
        return;
    case 'c':
        assert_int_equal(mknod(path, S_IFCHR, makedev(0, 0)), 0);
        return;
    case 'w':
        write_file(path, "");
        set_mark(path, "whiteout", "");
        return;
    case 'o':
        set_mark(path, "opaque", t->value);
        return;
    case 'r':
        set_mark(path, "redirect", t->value);
        return;
    case 'm':
        set_mark(path, "metacopy", "");
        return;
    case 'a':
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(t->value, "="), t->value);
        assert_int_equal(
            lsetxattr(path, name, strchr(t->value, '=') + 1, strlen(strchr(t->value, '=') + 1), 0), 0);
        return;
    default:
        fail_msg("unknown kind %c", t->kind);
    }
}

void open_tree_with(struct stack *s, unsigned n, unsigned max_fds)
{
    int fds[LAYERS];
    for (unsigned i = 0; i < n; i++) {
        fds[i] = open(path_in(s, i, "."), O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
    struct err err = {""};
    int r = stack_tree_new(fds, n, &(struct stack_options){.upper_fd = -1, .work_fd = -1, .max_fds = max_fds},
                           &s->tree, &err);
    if (r < 0)
        fail_msg("%s", err.text);
}

void make_stack(struct stack *s, const struct thing *things, size_t n)
{
    make_base(s);
    for (size_t i = 0; i < n && things[i].kind; i++)
        make_thing(s, &things[i]);
    open_tree_with(s, LAYERS, 8);
}

void remove_stack(struct stack *s)
{
    tree_free(s->tree);
    s->tree = NULL;
    assert_int_equal(beneath_remove(AT_FDCWD, s->base), 0);
}

uint64_t find(struct tree *t, const char *path, struct tree_attr *attr)
{
    uint64_t node;
    assert_int_equal(tree_walk(t, path, false, &node, attr), 0);
    return node;
}

static void append_content(struct tree *t, uint64_t node, struct buf *out)
{
    struct tree_content c;
    int r = tree_content(t, node, &c);
    if (r < 0) {
        buf_printf(out, "!%d", -r);
        return;
    }
    char text[64];
    ssize_t n = pread(c.fd, text, sizeof(text), (off_t)c.offset);
    assert_int_equal(n, c.size);
    buf_append(out, text, (size_t)n);
    tree_content_put(t, &c);
}

static void append_node(struct tree *t, uint64_t node, const struct tree_attr *attr, struct buf *out)
{
    char target[64];
    switch (attr->mode & S_IFMT) {
    case S_IFDIR:
        buf_append(out, "/", 1);
        return;
    case S_IFREG:
        buf_append(out, "=", 1);
        append_content(t, node, out);
        return;
    case S_IFLNK:
        buf_append(out, ">", 1);
        buf_append(out, target, (size_t)tree_readlink(t, node, target, sizeof(target)));
        return;
    case S_IFIFO:
        buf_append(out, "|", 1);
        return;
    default:
        buf_append(out, "?", 1);
    }
}

/* Appends everything below `dir`. What a listing, a lookup and getattr say must agree. */
static void append_tree(struct tree *t, uint64_t dir, const char *prefix, struct buf *out)
{
    struct tree_entry e;
    char name[256], path[1024];
    for (uint64_t i = 0; tree_entry(t, dir, i, &e, name) > 0; i++) {
        uint64_t node, parent, parent_ino;
        struct tree_attr attr, again;
        assert_int_equal(strlen(e.name), e.name_len);
        int r = tree_lookup(t, dir, e.name, e.name_len, &node, &attr);
        if (r < 0) {
            buf_printf(out, " %s%s!%d", prefix, e.name, -r);
            continue;
        }
        assert_int_equal(tree_getattr(t, node, &again), 0);
        assert_memory_equal(&attr.ino, &again.ino, sizeof(attr.ino));
        assert_int_equal(attr.blocks, again.blocks);
        assert_int_equal(attr.ino, e.ino);
        assert_int_equal(IFTODT(attr.mode), e.type);
        buf_printf(out, " %s%s", prefix, e.name);
        append_node(t, node, &attr, out);
        if (S_ISDIR(attr.mode)) {
            assert_int_equal(tree_parent(t, node, &parent, &parent_ino), 0);
            assert_int_equal(parent, dir);
            snprintf(path, sizeof(path), "%s%s/", prefix, e.name);
            append_tree(t, node, path, out);
        }
        tree_forget(t, node, 1);
    }
}

const char *dump(struct tree *t, struct buf *out)
{
    out->len = 0;
    append_tree(t, TREE_ROOT, "", out);
    const char *text = buf_str(out);
    return *text ? text + 1 : text;
}
