/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of objects in a store, made from digests only, never from text. */
#ifndef MICA_DISK_OBJECT_H
#define MICA_DISK_OBJECT_H

#include <stdbool.h>

#include "disk/root.h"
#include "image/digest.h"

enum object_kind {
    OBJECT_BLOB,
    OBJECT_LAYER,
    OBJECT_TREE,
};

#define OBJECT_PATH_MAX (sizeof("layers//from/sha512-") + 2 * DIGEST_HEX_MAX)

/* Writes "blobs/ALG/HEX", "layers/HEX" or "trees/HEX"; -EINVAL for no digest. */
int object_path(enum object_kind kind, const struct digest *d, char buf[OBJECT_PATH_MAX]);

/* "layer sha256:..." for a line. */
#define OBJECT_LABEL_MAX (DIGEST_STRING_MAX + sizeof("layer "))
const char *object_label(enum object_kind kind, const struct digest *d, char buf[OBJECT_LABEL_MAX]);

/* Is an object of the right type in the store? A tree of an older version does not count: a new one is
 * made from the layers and replaces it. */
bool object_exists(struct store *s, enum object_kind kind, const struct digest *d);

/* Opens an object for reading; -ENOENT with a line that it is not in the store. *ret_size may be NULL. */
int object_open(struct store *s, enum object_kind kind, const struct digest *d, uint64_t *ret_size,
                struct err *err);

/* Returns the name in a layer's from/: "ALG-HEX". */
const char *from_name(const struct digest *blob, char buf[DIGEST_STRING_MAX]);
int from_parse(const char *name, struct digest *ret);

#endif
