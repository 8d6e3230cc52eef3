/* SPDX-License-Identifier: Apache-2.0 */
/* The components of a path on which symbolic links are met, in the order in which they are to be walked: what
 * a link leads to stands in front of what follows the link. Pure; nothing is copied. The walker knows where
 * it is, and asks for what comes next. */
#ifndef MICA_INDEXING_LINK_PATH_H
#define MICA_INDEXING_LINK_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define LINK_PATH_LINKS_MAX 40 /* on the way of one path, as in Linux */

struct link_path {
    struct {
        const char *at, *end;
    } texts[LINK_PATH_LINKS_MAX +
            1];     /* the path, and the targets that are being walked: the last one first */
    unsigned depth; /* of texts, from 0 */
    unsigned links; /* that were followed so far */
};

/* `path` is borrowed, and so are targets: they must stay in their place. */
void link_path_init(struct link_path *l, const char *path, size_t len);

/* The next component, "." and ".." as they stand. *ret_last: it is the last one of the path itself, which is
 * not to be followed. False at the end. */
bool link_path_next(struct link_path *l, const char **ret, size_t *ret_len, bool *ret_last);

/* The component that came last is a link with this target. -ELOOP: too many. */
int link_path_follow(struct link_path *l, const char *target, size_t len);

#endif
