/* SPDX-License-Identifier: Apache-2.0 */
/* The words of `mica which` for a layer. */
#include <errno.h>
#include <sys/stat.h>

#include "show/differs.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/which.h"

/* Returns the path's first `depth` names in fresh memory: the path of a whiteout or an opaque directory. */
static char *prefix(const struct which *w, size_t depth)
{
    const struct tree_path cut = {w->names->names, depth};
    return tree_path_string(&cut);
}

/* Describes the layer's entry in a few words. */
int which_entry(struct buf *b, const struct which *w, const struct which_layer *l)
{
    const struct which_layer *s = l;
    char size[SIZE_TEXT_MAX], mode[MODE_TEXT_MAX], time[TIME_TEXT_MAX];

    if (!s->brings) {
        cleanup_free char *at = prefix(w, s->depth);
        if (!at)
            return -ENOMEM;
        return buf_printf(b, "%s %s", s->action == WHICH_REMOVES ? "whiteout of" : "lower entries of", at);
    }
    if (s->lower_link)
        return buf_printf(b, "hard link to %s", l->target);
    if (S_ISLNK(s->inode.mode))
        return buf_printf(b, "symlink -> %s", l->target);
    if (S_ISDIR(s->inode.mode) && (s->inode.flags & INODE_PASSIVE))
        return buf_printf(b, "removes names in it");
    if (S_ISDIR(s->inode.mode) && (s->inode.flags & INODE_IMPLICIT))
        return buf_printf(b, "names in it%s", s->opaque ? ", opaque" : "");
    if (buf_printf(b, "%s %u:%u ", mode_format(s->inode.mode, mode), s->inode.uid, s->inode.gid) < 0 ||
        (S_ISREG(s->inode.mode) && buf_printf(b, "%s ", size_format(s->inode.size, size)) < 0))
        return -ENOMEM;
    return buf_printf(b, "%s%s", time_format(s->inode.mtime.tv_sec, time), s->opaque ? ", opaque" : "");
}

/* Describes the event in a word; a replacement by the same content has its own. */
int which_does(struct buf *b, const struct which_layer *l)
{
    unsigned metadata = l->differs & ~(unsigned)STUDY_DIFFERS_IN_CONTENT;

    if (l->action != WHICH_REPLACES || !l->compared || l->differs & STUDY_DIFFERS_IN_CONTENT)
        return buf_printf(b, "%s", which_action_name(l->action));
    if (!metadata)
        return buf_printf(b, "repeats");
    return buf_printf(b, "changes ") < 0 ? -ENOMEM : differs_text(b, metadata);
}

int which_state(struct buf *b, const struct which *w, const struct which_layer *s)
{
    if (!s->brings)
        return buf_printf(b, "-");
    if (s->visible)
        return buf_printf(b, "%s", w->is_dir && s->metadata ? "visible, gives the metadata" : "visible");
    return buf_printf(b, "hidden by %zu%s", s->hidden_by + 1, s->metadata ? ", gives the metadata" : "");
}
