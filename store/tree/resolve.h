/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one merge rule: what a name is in a stack of layers, from what each layer says of it. Pure; no system
 * call.
 *
 * Both makers of a tree use it. Layers are asked top-down, and asking stops as soon as the answer cannot
 * change:
 *
 *     struct resolver r = RESOLVER_INIT;
 *     for (layer = top; layer >= bottom && !r.done; layer--)
 *         if (resolve_step(&r, fact_of(layer, name)))
 *             ... the layer's directory takes part in the merged directory ...
 *     resolve_end(&r);
 *
 * The rule: the first layer that has the name decides. A file (anything but a directory) or a whiteout ends
 * the search. Directories of several layers merge: the topmost gives the metadata, all give names, until one
 * is opaque or something else than a directory lies beneath. Source: OCI image-spec layer.md (Whiteouts,
 * Changeset over existing files); kernel Documentation/filesystems/overlayfs.rst (whiteouts and opaque
 * directories, Merged directories).
 */
#ifndef MICA_TREE_RESOLVE_H
#define MICA_TREE_RESOLVE_H

#include <stdbool.h>

enum fact_kind {
    FACT_ABSENT,   /* the layer does not speak of the name */
    FACT_WHITEOUT, /* the layer removes what lower layers have */
    FACT_FILE,     /* anything that is not a directory */
    FACT_DIR,
};

/* What one layer says of one name. The flags are of directories only. */
struct fact {
    enum fact_kind kind;
    bool opaque;   /* hides the lower layers' names in it; metadata is this layer's own */
    bool replaces; /* hides the lower directory altogether (an image layer removed it and made it again) */
    bool implicit; /* an image layer names only things in it: metadata is a lower layer's, where there is one
                    */
    bool passive;  /* an image layer only removes things in it: it does not make the directory exist */
};

enum resolution {
    RESOLVED_NONE,
    RESOLVED_FILE,
    RESOLVED_DIR,
};

struct resolver {
    enum resolution result; /* valid once done or after resolve_end */
    bool done;              /* lower layers need not be asked */
    int top; /* step number (0 = the first layer asked) of the file, or of the directory's metadata;
                -1 for a directory whose metadata no layer gives */
    /* private */
    int step;
    bool exists;     /* a directory that is not passive was met */
    bool hide_names; /* an opaque one was met, but its metadata is still looked for */
};

#define RESOLVER_INIT                                                                                        \
    {                                                                                                        \
        RESOLVED_NONE, false, -1, 0, false, false                                                            \
    }

/* Takes the next lower layer's fact. True when that layer's directory takes part in the merged directory (its
 * names count); the caller then keeps it in its list. A list built this way is to be thrown away unless the
 * result is RESOLVED_DIR. */
bool resolve_step(struct resolver *r, struct fact fact);

/* There are no more layers. */
void resolve_end(struct resolver *r);

#endif
