/* SPDX-License-Identifier: Apache-2.0 */
/* An expression of find(1) in memory. Private to find_parse.c, find_value.c and find_match.c. */
#ifndef MICA_SHOW_FIND_NODE_H
#define MICA_SHOW_FIND_NODE_H

#include <regex.h>

#include "show/find_expr.h"

enum find_kind {
    FIND_TRUE,
    FIND_FALSE,
    FIND_AND,
    FIND_OR,
    FIND_NOT,
    FIND_NAME,
    FIND_INAME,
    FIND_PATH,
    FIND_IPATH,
    FIND_REGEX,
    FIND_LNAME,
    FIND_ILNAME,
    FIND_TYPE,
    FIND_SIZE,
    FIND_PERM,
    FIND_UID,
    FIND_GID,
    FIND_NO_USER,
    FIND_NO_GROUP,
    FIND_INUM,
    FIND_MMIN,
    FIND_LINKS,
    FIND_NEWER,
    FIND_MTIME,
    FIND_XATTR,
    FIND_EMPTY,
    FIND_DO,
};

/* N, +N and -N; for permissions MODE, /MODE and -MODE. */
enum find_compare {
    FIND_EQUAL,
    FIND_MORE,
    FIND_LESS,
};

struct find_node {
    enum find_kind kind;
    uint32_t left, right; /* places of AND and OR; of NOT the left */
    const char *text;     /* a pattern */
    enum find_compare compare;
    uint64_t number, unit; /* types: a set of bits 1 << (S_IFMT >> 12) */
    struct timespec time;
    enum find_action action;
    struct re_pattern_buffer *regex; /* owned by the expression */
};

struct find_expr {
    struct find_node *nodes;
    uint32_t n, top;
    uint32_t min_depth, max_depth;
    int64_t now;
};

/* Reads the value of a test into *ret. -EINVAL. (find_value.c) */
int find_value_number(const char *text, struct find_node *ret);
int find_value_size(const char *text, struct find_node *ret);
int find_value_types(const char *text, struct find_node *ret);
int find_value_mode(const char *text, struct find_node *ret);
int find_value_time(const char *text, struct find_node *ret);
int find_value_regex(const char *text, struct find_node *ret);
int find_value_iregex(const char *text, struct find_node *ret);

#endif
