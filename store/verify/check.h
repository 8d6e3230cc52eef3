/* SPDX-License-Identifier: Apache-2.0 */
/* A check in progress, for the files of this folder. */
#ifndef MICA_VERIFY_CHECK_H
#define MICA_VERIFY_CHECK_H

#include <pthread.h>
#include <stdatomic.h>

#include "disk/object.h"
#include "verify/needs.h"
#include "verify/verify.h"

/* A content of a layer. */
struct content_ref {
    uint64_t place; /* byte in the pack, or number in files/ */
    uint64_t size, hash;
    uint32_t inode; /* one that has it */
    bool own;       /* in files/ */
};

enum object_state {
    OBJECT_UNCHECKED,
    OBJECT_SOUND,
    OBJECT_DAMAGED,
    OBJECT_DISPUTED, /* a tree that is not what its layers make: one of them is wrong */
};

/* An object that is in the store. */
struct object {
    enum object_kind kind;
    struct digest digest;
    char path[OBJECT_PATH_MAX];
    uint64_t size; /* of a blob or a tree, bytes */
    /* Of a layer `state` is that of its metadata until its contents were read. Only the thread that checks the
     * object, or that runs alone, writes it. */
    enum object_state state;
    /* layers with sound metadata */
    struct index *ix;
    bool was_reread, is_other; /* it was compared with its blob; the blob makes another layer */
    struct content_ref *refs;  /* sorted by place; those in files/ last */
    size_t n_refs;
    _Atomic size_t bad_contents;
    _Atomic uint32_t bad_inode; /* one of them */
    _Atomic int bad_error;      /* why it could not be read; 0: it has another checksum */
};

struct check {
    struct store *s;
    const struct verify_options *opt;
    int tmp_fd;    /* where unnamed files may be made, or -1 */
    bool writable; /* that is the directory of a transaction */
    struct needs needs;
    struct object *objects; /* sorted: by kind, then by digest */
    size_t n_objects;
    pthread_mutex_t lock; /* guards all below */
    struct verify_result result;
    uint64_t done, total; /* bytes */
    int error;            /* the check itself failed: the first errno, and its line */
    struct err err;
};

/* NULL when it is not in the store. */
struct object *check_find(const struct check *c, enum object_kind kind, const struct digest *d);
bool check_cancelled(const struct check *c);
/* More bytes were read. */
void check_progress(struct check *c, uint64_t bytes);
/* The check cannot go on: notes the first reason. Returns `r`. */
int check_failed(struct check *c, int r, const char *what);
/* Is this errno about the machine, and not about the object? */
bool check_is_trouble(int r);

/* finding.c: notes a finding; `d` may be NULL. The reason is made inert. Thread-safe. */
void check_note(struct check *c, enum verify_fault fault, enum verify_object object, const struct digest *d,
                const char *path, const char *reason, ...) __attribute__((format(printf, 6, 7)));
/* The same of an object, whose state it sets; `below` is the file in a layer's directory, or NULL. */
void check_note_object(struct check *c, struct object *o, enum verify_fault fault, const char *below,
                       const char *reason, ...) __attribute__((format(printf, 5, 6)));
/* The finding that an errno of reading is. */
enum verify_fault check_fault_of(int r, enum verify_fault damage);
/* Sorts the findings, and names the images and branches that each affects. */
int check_end(struct check *c);

/* scan.c: lists the store's objects; notes what is of another type, and every name that is not mica's. */
int check_scan(struct check *c);
/* Lists the objects of the needs alone. */
int check_list_needed(struct check *c);
/* Notes every object that is needed and not there. */
void check_missing(struct check *c);

/* check_layer.c: the metadata of a layer, and where its contents are. */
void check_layer(struct check *c, struct object *o);
void check_layer_done(struct check *c, struct object *o); /* after its contents were read */
/* check_content.c: contents refs[from .. to - 1] of a layer. */
void check_contents(struct check *c, struct object *o, size_t from, size_t to);
/* check_blob.c */
void check_blob(struct check *c, struct object *o);
/* check_tree.c: waits for nothing: all layers have been checked. */
void check_tree(struct check *c, struct object *o);
/* check_dispute.c: compares a layer with its blob, once. */
void check_against_blob(struct check *c, struct object *o);
/* Finds out which is wrong, a tree or its layers. */
void check_disputes(struct check *c);
/* check_branch.c */
void check_branches(struct check *c);

/* work.c: runs all n pieces of work, several at a time; `run` gets the number of one. */
void check_run(struct check *c, size_t n, void (*run)(struct check *c, void *ctx, size_t i), void *ctx);

#endif
