/* SPDX-License-Identifier: Apache-2.0 */
/* The components of a path through symbolic links, in the order of the walk: a link's target comes before
 * the rest of the path. Pure; copies nothing. The walker keeps the position and asks for the next
 * component. */
#ifndef MICA_INDEXING_LINK_PATH_H
#define MICA_INDEXING_LINK_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define LINK_PATH_LINKS_MAX 40 /* for one path, as in Linux */

struct link_path {
    struct {
        const char *next, *limit;
    } texts[LINK_PATH_LINKS_MAX + 1]; /* the path, and the targets being walked: the innermost last */
    unsigned depth;                   /* of texts, from 0 */
    unsigned links;                   /* number followed so far */
};

/* Begins with `path`; it and all targets are borrowed and must not move. */
void link_path_init(struct link_path *l, const char *path, size_t len);

/* Gets the next component, "." and ".." included. *ret_last: it is the last one of the path itself, which
 * must not be followed. False at the end. */
bool link_path_next(struct link_path *l, const char **ret, size_t *ret_len, bool *ret_last);

/* Continues in `target`: the last component is a link to it. -ELOOP: too many links. */
int link_path_follow(struct link_path *l, const char *target, size_t len);

#endif
