/* SPDX-License-Identifier: Apache-2.0 */
/* A check in progress, for the files of this folder. */
#ifndef MICA_VERIFY_CHECK_H
#define MICA_VERIFY_CHECK_H

#include <pthread.h>
#include <stdatomic.h>

#include "disk/object.h"
#include "tree/places.h"
#include "verify/needs.h"
#include "verify/verify.h"

/* A content of a layer's regular file. */
struct content_ref {
    uint64_t place; /* offset in the pack that has it, or number in files/ */
    uint64_t size, hash;
    uint32_t inode; /* an inode with this content */
    uint32_t pack;  /* see tree/places.h */
    bool own;       /* stored in files/ */
};

enum object_state {
    OBJECT_UNCHECKED,
    OBJECT_SOUND,
    OBJECT_DAMAGED,
    OBJECT_DISPUTED, /* a tree that differs from a merge of its layers: the tree or a layer is wrong */
};

/* A present object. */
struct object {
    enum object_kind kind;
    struct digest digest;
    char path[OBJECT_PATH_MAX];
    uint64_t size; /* of a blob or a tree, in bytes */
    /* Of a layer, the state of its metadata until its contents are read. Written only by the thread that checks the
     * object, or by the main thread while it is the only one. */
    enum object_state state;
    /* only of layers with sound metadata */
    struct index *ix;
    struct places *places;     /* or NULL */
    bool was_reread, is_other; /* compared with its blob; its blob unpacks to another layer */
    struct content_ref *refs;  /* sorted by place, those in files/ last */
    size_t n_refs;
    _Atomic size_t bad_contents;
    _Atomic uint32_t bad_inode; /* one inode with damaged content */
    _Atomic int bad_error;      /* errno of the read; 0: wrong checksum */
};

struct check {
    struct store *s;
    const struct verify_options *opt;
    int tmp_fd;    /* directory for unnamed files, or -1 */
    bool writable; /* tmp_fd is the directory of a transaction */
    struct needs needs;
    struct object *objects; /* sorted by kind, then by digest */
    size_t n_objects;
    pthread_mutex_t lock; /* guards the members below */
    struct verify_result result;
    uint64_t done, total; /* bytes */
    int error;            /* the check itself failed: first errno, with its line */
    struct err err;
};

/* Returns the fault that a read error means. */
enum verify_fault check_fault_of(int r, enum verify_fault damage);

/* check_layer.c: checks a layer's metadata, and lists its contents. */
void check_layer(struct check *c, struct object *o);
void check_layer_done(struct check *c, struct object *o); /* once its contents are read */
/* check_content.c: checks contents refs[from .. to - 1] of a layer. */
void check_contents(struct check *c, struct object *o, size_t from, size_t to);
/* check_blob.c */
void check_blob(struct check *c, struct object *o);
/* check_tree.c: runs after all layers are checked. */
void check_tree(struct check *c, struct object *o);
/* check_dispute.c: compares a layer with its blob, at most once. */
void check_against_blob(struct check *c, struct object *o);
/* Decides for each disputed tree whether the tree or a layer is wrong. */
void check_disputes(struct check *c);
/* check_branch.c */
void check_branches(struct check *c);

#endif
