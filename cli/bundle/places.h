/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths in an image that the runtime uses: the working directory and the mount points. An image can make any
 * of them a symbolic link, so they are resolved here, within the root, before the runtime sees them. No mount
 * that an image requests or redirects by a link covers /proc, /sys, /dev or anything beneath them.
 */
#ifndef MICA_BUNDLE_PLACES_H
#define MICA_BUNDLE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/wish.h"
#include "os/err.h"

#define BUNDLE_N_FILES       3
#define BUNDLE_MAX_VOLUMES   256u /* maximum for an image */
#define BUNDLE_PLACE_MAX_LEN 4096u

/* Files that every container has its own copy of. */
extern const char *const bundle_files[]; /* names in /etc, ends with NULL */

struct bundle_places {
    char **scratch;                /* writable directories on a read-only root; ends with NULL */
    char *files[BUNDLE_N_FILES];   /* of bundle_files; NULL: not mounted */
    struct bundle_volume *volumes; /* requested volumes; the sources are borrowed */
    size_t n_volumes;
};

/* Is `path`, absolute and without links, /proc, /sys, /dev or beneath one of them? Pure. */
bool bundle_place_is_system(const char *path);

/*
 * Find the places for an image with the config text `config` and the files beneath `rootfd`. An image's
 * volumes are in `scratch` only if the root is read-only: otherwise their data belongs in the branch, which
 * is kept. -EINVAL for a requested path that the image redirects to a system directory, for an image whose
 * /proc, /sys or /dev is a link, and for a working directory in /proc that the user did not name (a
 * descriptor leaked by the runtime would lead out of the root: CVE-2024-21626).
 */
int bundle_places_find(int rootfd, const char *config, size_t len, const struct bundle_wish *w,
                       struct bundle_places *ret, struct err *err);
void bundle_places_free(struct bundle_places *p); /* NULL-safe */

#endif
