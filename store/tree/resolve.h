/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merge rule: the state of a name in a stack of layers, from the facts of each layer. Pure; no system
 * call.
 *
 * Both kinds of tree use it. The caller passes layers top-down and stops when the answer is final:
 *
 *     struct resolver r = RESOLVER_INIT;
 *     for (layer = top; layer >= bottom && !r.done; layer--)
 *         if (resolve_step(&r, fact_of(layer, name)))
 *             ... the layer's directory takes part in the merged directory ...
 *     resolve_end(&r);
 *
 * The rule: the first layer that has the name decides. A file (anything but a directory) or a whiteout ends
 * the search. Directories of several layers merge: the topmost gives the metadata, all give names, until one
 * is opaque or a lower layer has a file or whiteout there. Source: OCI image-spec layer.md (Whiteouts,
 * Changeset over existing files); kernel Documentation/filesystems/overlayfs.rst (whiteouts and opaque
 * directories, Merged directories).
 */
#ifndef MICA_TREE_RESOLVE_H
#define MICA_TREE_RESOLVE_H

#include <stdbool.h>

enum fact_kind {
    FACT_ABSENT,   /* the layer does not have the name */
    FACT_WHITEOUT, /* the layer removes the name of lower layers */
    FACT_FILE,     /* not a directory */
    FACT_DIR,
};

/* The fact about one name in one layer. The flags apply to directories only. */
struct fact {
    enum fact_kind kind;
    bool opaque;   /* hides the names of lower layers in it; its own metadata counts */
    bool replaces; /* hides the lower directory completely (an image layer removed and recreated it) */
    bool implicit; /* an image layer only has entries in it: its metadata is that of a lower layer, if one
                    * has it */
    bool passive;  /* an image layer only removes entries in it: it does not create the directory */
};

enum resolution {
    RESOLVED_NONE,
    RESOLVED_FILE,
    RESOLVED_DIR,
};

struct resolver {
    enum resolution result; /* valid once done or after resolve_end */
    bool done;              /* the result is final; lower layers do not matter */
    int top; /* step number (0 = the first layer passed) of the file, or of the directory's metadata; -1
              * for a directory whose metadata no layer gives */
    /* private */
    int step;
    bool exists;     /* a directory that is not passive was passed */
    bool hide_names; /* an opaque one was passed, but its metadata is not yet found */
};

#define RESOLVER_INIT                                                                                        \
    {                                                                                                        \
        RESOLVED_NONE, false, -1, 0, false, false                                                            \
    }

/* Passes the next lower layer's fact. Returns true if that layer's directory takes part in the merged
 * directory (its names count); the caller keeps a list of such layers, which is valid only if the result
 * is RESOLVED_DIR. */
bool resolve_step(struct resolver *r, struct fact fact);

/* Ends the search after the last layer. */
void resolve_end(struct resolver *r);

#endif
