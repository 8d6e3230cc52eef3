/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The indexes of a stack of layers: whatever the bytes, the history of every path, sums, findings, duplicates, comparisons
 * and the merged tree end with answers or errors that say something.
 *
 * An input is up to four indexes, bottom first, each after its length (32 bits, little endian). As in fuzz_index.c it is tried
 * as it is, and with all checksums put right.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexing/merge.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "right_sums.h"
#include "study/compare.h"
#include "study/duplicates.h"
#include "study/lint.h"
#include "study/totals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    LAYERS_MAX = 4,
    GROUPS = 3,
};

struct stack {
    struct index *layers[LAYERS_MAX];
    uint32_t n;
    uint64_t names; /* of all layers */
};

/* An error without a line leaves a person without an answer. */
static void check_error(int r, const struct err *err)
{
    if (r < 0 && r != -ENOMEM && !err->text[0])
        abort();
}

static void touch(const char *text)
{
    static volatile size_t sink;

    sink = strlen(text);
    (void)sink;
}

static void ask_path(struct study *s, const struct study_path *p)
{
    uint32_t n = study_layers(s);
    enum study_change change;
    unsigned differs;

    if (strlen(p->text) != p->len || p->name < p->text || p->name + p->name_len != p->text + p->len)
        abort();
    for (uint32_t i = 0; i <= n; i++)
        study_thing_at(p, i);
    for (uint32_t from = 0; from < n; from++)
        for (uint32_t to = from; to < n; to++)
            study_between(s, p, from, to, &change, &differs);
    for (size_t i = 0; i < p->n; i++) {
        const struct study_event *e = &p->events[i];

        if (e->layer >= n || (i && e->layer <= p->events[i - 1].layer) ||
            (e->after.exists && e->after.layer >= n))
            abort();
        if (e->hidden_by != STUDY_NEVER && e->hidden_by <= i)
            abort();
    }
}

/* Each name of a layer takes part once at most. */
static void walk(struct study *s, const struct stack *stack, struct study_duplicates *d, bool second,
                 struct err *err)
{
    const struct study_path *p;
    uint64_t met = 0;
    int r;

    while ((r = study_next(s, &p)) > 0) {
        if (met++ > stack->names)
            abort();
        ask_path(s, p);
        if ((second ? study_duplicates_name(d, p, GROUPS) : study_duplicates_see(d, p)) < 0)
            abort();
    }
    check_error(r, err);
}

static int tell_lint(void *ctx, const struct lint_finding *f)
{
    (void)ctx;
    touch(f->rule);
    touch(f->text);
    touch(f->path ? f->path : "");
    return 0;
}

static int tell_difference(void *ctx, const struct study_difference *d)
{
    (void)ctx;
    touch(d->path);
    if (!d->a && !d->b)
        abort();
    return 0;
}

static int tell_dead(void *ctx, const char *path, const struct study_pair *what)
{
    const struct stack *stack = ctx;

    touch(path);
    if (what->from >= stack->n || what->by >= stack->n || what->by <= what->from)
        abort();
    return 0;
}

static void count(struct study *s, struct stack *stack, struct err *err)
{
    const struct study_watch watch = {.dead = tell_dead, .moves = true, .ctx = stack};
    struct study_totals totals = {0};

    if (study_rewind(s) == 0)
        check_error(study_count(s, &watch, &totals), err);
    study_totals_free(&totals);
    if (study_rewind(s) == 0)
        check_error(study_lint(s, tell_lint, NULL), err);
}

/* The image without its topmost layer beside all of it. */
static void compare(struct study *s, const struct stack *stack, struct err *err)
{
    static const uint32_t ids[LAYERS_MAX] = {0, 1, 2, 3};
    struct err other_err = {""};
    struct study *other;

    if (study_rewind(s) < 0 ||
        study_open((const struct index *const *)stack->layers, stack->n - 1, &other_err, &other) < 0)
        return;
    const struct study_side a = {other, ids}, b = {s, ids};
    int r = study_compare(&a, &b, tell_difference, NULL);

    if (r < 0 && !other_err.text[0])
        check_error(r, err);
    study_close(other);
}

static void study(struct stack *stack)
{
    struct study_duplicates d = {0};
    struct err err = {""};
    struct study *s;

    if (study_open((const struct index *const *)stack->layers, stack->n, &err, &s) < 0)
        return;
    walk(s, stack, &d, false, &err);
    if (study_duplicates_settle(&d, GROUPS) == 0 && study_rewind(s) == 0)
        walk(s, stack, &d, true, &err);
    study_duplicates_free(&d);
    count(s, stack, &err);
    compare(s, stack, &err);
    study_close(s);
}

static void merge(const struct stack *stack)
{
    struct merge_layer layers[LAYERS_MAX];
    uint8_t digest[32] = {0};

    for (uint32_t i = 0; i < stack->n; i++)
        layers[i] = (struct merge_layer){stack->layers[i], digest, sizeof digest};
    for (uint32_t first = 0; first<stack->n; first += stack->n> 1 ? stack->n - 1 : 1) {
        cleanup_fd int fd = memfd_create("tree", MFD_CLOEXEC);
        struct err err = {""};
        struct index *tree = NULL;

        if (fd < 0 || fchmod(fd, 0600) < 0)
            abort();
        int r = merge_layers_from(layers, stack->n, first, -1, fd, NULL, &err);
        check_error(r, &err);
        if (r == 0 && index_open(fd, "tree", INDEX_TREE, &tree, &err) < 0)
            abort();
        index_free(tree);
    }
}

static bool add_layer(struct stack *stack, const uint8_t *data, size_t size)
{
    cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);
    struct err err = {""};

    if (fd < 0 || fchmod(fd, 0600) < 0 || fd_write(fd, data, size) < 0)
        abort();
    if (index_open(fd, "input", INDEX_LAYER, &stack->layers[stack->n], &err) < 0)
        return false;
    stack->names += index_names(stack->layers[stack->n++]);
    return true;
}

static void try_bytes(uint8_t *data, size_t size, bool right)
{
    struct stack stack = {0};
    uint32_t len;

    while (stack.n < LAYERS_MAX && size >= sizeof len) {
        memcpy(&len, data, sizeof len);
        len = le32toh(len);
        data += sizeof len;
        size -= sizeof len;
        len = len < size ? len : (uint32_t)size;
        if (right)
            right_sums(data, len);
        if (!add_layer(&stack, data, len))
            break;
        data += len;
        size -= len;
    }
    if (stack.n) {
        study(&stack);
        merge(&stack);
    }
    for (uint32_t i = 0; i < stack.n; i++)
        index_free(stack.layers[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    try_bytes(copy, size, false);
    memcpy(copy, data, size);
    try_bytes(copy, size, true);
    return 0;
}
