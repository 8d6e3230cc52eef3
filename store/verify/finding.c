/* SPDX-License-Identifier: Apache-2.0 */
/* Records findings, and lists what each affects. */
#include "verify/finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"
#include "verify/check.h"

const char *verify_fault_text(enum verify_fault f)
{
    static const char *const texts[] = {
        [VERIFY_CONTENT] = "damaged content", [VERIFY_METADATA] = "damaged metadata",
        [VERIFY_MISSING] = "missing",         [VERIFY_UNREADABLE] = "unreadable",
        [VERIFY_FOREIGN] = "foreign",
    };
    return texts[f];
}

const char *verify_object_text(enum verify_object o)
{
    static const char *const texts[] = {
        [VERIFY_BLOB] = "blob",     [VERIFY_LAYER] = "layer",     [VERIFY_TREE] = "tree",
        [VERIFY_BRANCH] = "branch", [VERIFY_CATALOG] = "catalog", [VERIFY_FILE] = "file",
    };
    return texts[o];
}

enum verify_fault check_fault_of(int r, enum verify_fault damage)
{
    switch (-r) {
    case EACCES:
    case EIO:
        return VERIFY_UNREADABLE;
    default:
        return damage;
    }
}

bool check_is_trouble(int r)
{
    return r == -ENOMEM || r == -EMFILE || r == -ENFILE || r == -ECANCELED || r == -ENOSPC || r == -EDQUOT ||
           r == -EINTR;
}

int check_failed(struct check *c, int r, const char *what)
{
    pthread_mutex_lock(&c->lock);
    if (c->error == 0) {
        c->error = r;
        if (r == -ECANCELED)
            err_set(&c->err, ECANCELED, "interrupted");
        else
            err_errno(&c->err, -r, "cannot check %s", what);
    }
    pthread_mutex_unlock(&c->lock);
    return r;
}

static void add(struct check *c, const struct verify_finding *given)
{
    struct verify_finding f = *given, *more;

    if (f.path && f.reason) {
        pthread_mutex_lock(&c->lock);
        more = array_room(c->result.findings, c->result.n, sizeof *more);
        if (more) {
            c->result.findings = more;
            more[c->result.n++] = f;
        }
        pthread_mutex_unlock(&c->lock);
        if (more)
            return;
    }
    free(f.path);
    free(f.reason);
    check_failed(c, -ENOMEM, "the store");
}

void check_note(struct check *c, enum verify_fault fault, enum verify_object object, const struct digest *d,
                const char *path, const char *reason, ...)
{
    struct verify_finding f = {.fault = fault, .object = object, .path = strdup(path)};
    struct err line;
    char text[sizeof line.text];
    va_list args;

    va_start(args, reason);
    vsnprintf(text, sizeof text, reason, args);
    va_end(args);
    err_set(&line, EIO, "%s", text);
    f.reason = strdup(line.text);
    if (d)
        f.digest = *d;
    add(c, &f);
}

void check_note_object(struct check *c, struct object *o, enum verify_fault fault, const char *below,
                       const char *reason, ...)
{
    static const enum verify_object objects[] = {
        [OBJECT_BLOB] = VERIFY_BLOB, [OBJECT_LAYER] = VERIFY_LAYER, [OBJECT_TREE] = VERIFY_TREE};
    char path[OBJECT_PATH_MAX + 256], text[512];
    va_list args;

    va_start(args, reason);
    vsnprintf(text, sizeof text, reason, args);
    va_end(args);
    snprintf(path, sizeof path, "%s%s%s", o->path, below ? "/" : "", below ? below : "");
    if (fault != VERIFY_FOREIGN)
        o->state = OBJECT_DAMAGED;
    check_note(c, fault, fault == VERIFY_FOREIGN ? VERIFY_FILE : objects[o->kind], &o->digest, path, "%s",
               text);
}

/* ---- at the end of the check */

static int by_fault_and_path(const void *pa, const void *pb)
{
    const struct verify_finding *a = pa, *b = pb;

    if (a->fault != b->fault)
        return a->fault < b->fault ? -1 : 1;
    return strcmp(a->path, b->path);
}

static int add_name(char ***list, size_t *n, const char *name)
{
    char **more = array_room(*list, *n, sizeof *more), *copy = strdup(name);

    if (more)
        *list = more;
    if (!more || !copy) {
        free(copy);
        return -ENOMEM;
    }
    more[(*n)++] = copy;
    return 0;
}

/* Is this path of the store in the branch's directory? */
static bool is_of_branch(const char *path, const char *branch)
{
    const char *name = path + strlen("branches/");
    size_t len = strlen(branch);

    return strncmp(name, branch, len) == 0 && (name[len] == '/' || name[len] == '\0');
}

static bool affects(const struct verify_finding *f, const struct need *n)
{
    switch (f->object) {
    case VERIFY_BLOB:
        return need_has(n, OBJECT_BLOB, &f->digest);
    case VERIFY_LAYER:
        return need_has(n, OBJECT_LAYER, &f->digest);
    case VERIFY_TREE:
        return need_has(n, OBJECT_TREE, &f->digest);
    default: /* a branch is affected by its own faults */
        return f->object == VERIFY_BRANCH && n->is_branch && is_of_branch(f->path, n->name);
    }
}

static int name_affected(const struct needs *needs, struct verify_finding *f)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < needs->n; i++) {
        const struct need *n = &needs->all[i];

        if (affects(f, n))
            r = n->is_branch ? add_name(&f->branches, &f->n_branches, n->name)
                             : add_name(&f->images, &f->n_images, n->name);
    }
    return r;
}

int check_end(struct check *c)
{
    int r = 0;

    if (c->result.n)
        qsort(c->result.findings, c->result.n, sizeof *c->result.findings, by_fault_and_path);
    for (size_t i = 0; r == 0 && i < c->result.n; i++)
        r = name_affected(&c->needs, &c->result.findings[i]);
    return r < 0 ? check_failed(c, r, "the store") : 0;
}

static void free_list(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

void verify_result_free(struct verify_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        struct verify_finding *f = &r->findings[i];

        free(f->path);
        free(f->reason);
        free(f->unrepaired);
        free_list(f->images, f->n_images);
        free_list(f->branches, f->n_branches);
    }
    free(r->findings);
    *r = (struct verify_result){.findings = NULL};
}
