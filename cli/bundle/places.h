/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in an image at which the runtime acts: the working directory, and what is mounted over. An image can
 * make any of them a link, so each is followed here, within the root, before the runtime hears of it. No
 * mount that an image asks for, or leads elsewhere by a link, covers /proc, /sys or /dev or what is in them.
 */
#ifndef MICA_BUNDLE_PLACES_H
#define MICA_BUNDLE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/wish.h"
#include "os/err.h"

#define BUNDLE_N_FILES       3
#define BUNDLE_MAX_VOLUMES   256u /* of an image */
#define BUNDLE_PLACE_MAX_LEN 4096u

/* Files that every container has of its own. */
extern const char *const bundle_files[]; /* names in /etc, ends with NULL */

struct bundle_places {
    char **scratch;              /* where a program may write though the root is read-only; ends with NULL */
    char *files[BUNDLE_N_FILES]; /* of bundle_files; NULL for one that is not mounted */
    struct bundle_volume *volumes; /* those wished; the sources are borrowed */
    size_t n_volumes;
};

/* Is `path`, absolute and without links, /proc, /sys, /dev or in one of them? Pure. */
bool bundle_place_is_system(const char *path);

/*
 * Finds them for an image whose config has the text `config` and whose files are beneath `rootfd`. Volumes of
 * the image are among `scratch` where the root is read-only, and nowhere else: their data belongs into the
 * branch, which is kept. -EINVAL for a wish that the image leads astray, for an image whose /proc, /sys or
 * /dev is a link, and for a working directory in /proc that is not the user's word (a descriptor that the
 * runtime left open would lead out of the root: CVE-2024-21626).
 */
int bundle_places_find(int rootfd, const char *config, size_t len, const struct bundle_wish *w,
                       struct bundle_places *ret, struct err *err);
void bundle_places_free(struct bundle_places *p); /* NULL-safe */

#endif
