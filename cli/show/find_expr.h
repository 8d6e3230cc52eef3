/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of find(1): parsing, and asking whether a file matches. Pure: what is asked of files and of accounts goes by
 * calls.
 *
 *     EXPRESSION -o EXPRESSION      EXPRESSION [-a] EXPRESSION      ! EXPRESSION      ( EXPRESSION )
 *     -name -iname -path -ipath -regex -iregex -lname -ilname -type -size -perm -uid -gid -user -group -nouser -nogroup
 *     -links -inum -samefile -newer -newermt -mtime -mmin -xattr -empty -true -false -maxdepth -mindepth
 *     -print -print0 -ls -prune -quit
 */
#ifndef MICA_SHOW_FIND_EXPR_H
#define MICA_SHOW_FIND_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"
#include "tree/tree.h"

enum find_action {
    FIND_PRINT,
    FIND_PRINT0,
    FIND_LS,
    FIND_PRUNE, /* do not go down into the directory */
    FIND_QUIT,
};

/* A file that an expression is asked about. The calls return 1, 0 or a negative errno. */
struct find_file {
    const char *path, *name;
    const struct tree_attr *attr;
    int (*has_xattr)(void *ctx, const char *pattern); /* a name that matches */
    int (*is_empty_dir)(void *ctx);
    int (*has_target)(void *ctx, const char *pattern, int flags); /* a symbolic link's, by fnmatch(3) */
    int (*has_account)(void *ctx, uint32_t id, bool group);       /* a name for the number */
    int (*act)(void *ctx, enum find_action action);               /* 0 */
    void *ctx;
};

/* Facts that values of an expression name. */
struct find_facts {
    int64_t now; /* seconds: the begin of -mtime and -mmin */
    /* The id of a user or group by name: 0, or -ENOENT. */
    int (*account)(void *ctx, const char *name, bool group, uint32_t *ret);
    /* The attributes of a file for -newer and -samefile, a symbolic link's own: 0, or a negative errno. */
    int (*look)(void *ctx, const char *path, struct tree_attr *ret);
    void *ctx;
};

struct find_expr;

/* Parses the words; they are borrowed. Without an action, files that match are printed. -EINVAL with a line, -ENOMEM. */
int find_parse(const char *const *words, int n, const struct find_facts *facts, struct find_expr **ret,
               struct err *err);
void find_free(struct find_expr *e);
/* Depths between which files are asked about; the starting point has 0. */
uint32_t find_min_depth(const struct find_expr *e);
uint32_t find_max_depth(const struct find_expr *e);
/* Asks about a file, with the actions that go with it: 1, 0 or a negative errno of the calls. */
int find_match(const struct find_expr *e, const struct find_file *f);

#endif
