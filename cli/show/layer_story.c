/* SPDX-License-Identifier: Apache-2.0 */
#include "show/layer_story.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/resolve.h"

/* What the layer says of one name of its directory `dir`. *ret_inode is 0 where it has none. */
static int fact_of(const struct index *ix, uint64_t dir, const char *name, struct fact *ret,
                   uint64_t *ret_number, struct index_inode *ret_inode)
{
    struct index_name found;

    *ret = (struct fact){.kind = FACT_ABSENT};
    *ret_number = 0;
    int r = index_find(ix, dir, name, strlen(name), &found, ret_inode);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    if (found.flags & NAME_WHITEOUT) {
        ret->kind = FACT_WHITEOUT;
        return 0;
    }
    *ret_number = found.inode;
    ret->kind = FACT_FILE;
    if (!(ret_inode->flags & INODE_LOWER_LINK) && S_ISDIR(ret_inode->mode)) {
        ret->kind = FACT_DIR;
        ret->opaque = ret_inode->flags & INODE_OPAQUE;
        ret->replaces = ret_inode->flags & INODE_REPLACES;
        ret->implicit = ret_inode->flags & INODE_IMPLICIT;
        ret->passive = ret_inode->flags & INODE_PASSIVE;
    }
    return 0;
}

static int root_fact(const struct index *ix, struct fact *ret, struct index_inode *ret_inode)
{
    int r = index_inode(ix, INDEX_ROOT, ret_inode);
    if (r < 0)
        return r;
    *ret = (struct fact){.kind = FACT_DIR,
                         .opaque = ret_inode->flags & INODE_OPAQUE,
                         .replaces = ret_inode->flags & INODE_REPLACES,
                         .implicit = ret_inode->flags & INODE_IMPLICIT,
                         .passive = ret_inode->flags & INODE_PASSIVE};
    return 0;
}

/* Does a directory of the lower layers stay to be seen under what the layer says of its name? */
static bool lets_through(struct fact fact)
{
    struct resolver r = RESOLVER_INIT;

    resolve_step(&r, fact);
    return !r.done && resolve_step(&r, (struct fact){.kind = FACT_DIR});
}

/* Nothing that the layers told so far brought is visible any more: the layer being told hides it. */
static void hide_lower(struct teller *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!t->stories[i].visible)
            continue;
        t->stories[i].visible = false;
        t->stories[i].hidden_by = t->n;
    }
}

static void forget_metadata(struct teller *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->stories[i].metadata = false;
}

/* The way to the path is barred for what lies beneath, at the directory `depth` names down. */
static void bar(struct teller *t, struct story *s, size_t depth, enum story_action action)
{
    if (!t->exists)
        return; /* nothing there to hide: not worth a word */
    s->action = action;
    s->depth = depth;
    hide_lower(t);
    forget_metadata(t);
    t->exists = t->is_dir = false;
}

/* The layer has something of the path's very name. */
static void bring(struct teller *t, struct story *s, struct fact fact)
{
    struct fact below = {.kind = !t->exists ? FACT_ABSENT : t->is_dir ? FACT_DIR : FACT_FILE};
    bool existed = t->exists || s->action == STORY_HIDES; /* before a directory above it was made opaque */
    struct resolver r = RESOLVER_INIT;

    resolve_step(&r, fact);
    bool merges = !r.done && resolve_step(&r, below);
    resolve_end(&r);
    if (r.result == RESOLVED_NONE || (fact.kind == FACT_DIR && r.result == RESOLVED_FILE))
        return; /* a directory that only removes things, where there is none */
    if (!merges)
        hide_lower(t);
    if (r.top <= 0)
        forget_metadata(t);
    s->brings = s->visible = true;
    s->metadata = r.top == 0; /* below 0: no layer says anything of the directory itself */
    s->opaque = fact.opaque || fact.replaces;
    s->action = merges ? STORY_MERGES : existed ? STORY_REPLACES : STORY_ADDS;
    t->exists = true;
    t->is_dir = r.result == RESOLVED_DIR;
    s->lower_link = fact.kind == FACT_FILE && (s->inode.flags & INODE_LOWER_LINK);
}

/* Takes what the layer says of the path's name number `i`, 0 being the root. Is the next name to be asked
 * for? */
static bool one_name(struct teller *t, struct story *s, size_t i, struct fact fact)
{
    bool last = i == t->path->n;

    if (fact.kind == FACT_WHITEOUT)
        bar(t, s, i, STORY_REMOVES);
    else if (fact.kind != FACT_ABSENT && last)
        bring(t, s, fact);
    else if (fact.kind != FACT_ABSENT && !lets_through(fact))
        bar(t, s, i, STORY_HIDES);
    return fact.kind == FACT_DIR && !last;
}

int story_tell(struct teller *t, const struct index *layer)
{
    struct story *s = &t->stories[t->n];
    uint64_t dir = INDEX_ROOT;
    struct fact fact;
    bool goes_on = false;

    *s = (struct story){.action = STORY_NOTHING};
    int r = root_fact(layer, &fact, &s->inode);
    if (r == 0)
        goes_on = one_name(t, s, 0, fact);
    for (size_t i = 0; r == 0 && goes_on; i++) {
        r = fact_of(layer, dir, t->path->names[i], &fact, &dir, &s->inode);
        if (r == 0)
            goes_on = one_name(t, s, i + 1, fact);
    }
    if (r == 0)
        t->n++;
    return r;
}

const char *story_action_name(enum story_action a)
{
    static const char *const names[] = {"nothing", "adds", "replaces", "merges", "removes", "hides"};
    return names[a];
}
