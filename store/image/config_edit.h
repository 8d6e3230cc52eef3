/* SPDX-License-Identifier: Apache-2.0 */
/* The config of an image made from another one: keeps all members of the base's config, unknown ones too.
 * Pure; equal input gives equal bytes. */
#ifndef MICA_IMAGE_CONFIG_EDIT_H
#define MICA_IMAGE_CONFIG_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "os/err.h"

#define CONFIG_TIME_MAX INT64_C(253402300799) /* the end of the year 9999: later times have no text form */

struct config_edit {
    const struct digest *diff_id;              /* of the new layer; NULL: no new layer */
    bool alone;                                /* the layer replaces all others and their history */
    int64_t created;                           /* seconds since 1970, up to CONFIG_TIME_MAX */
    const char *created_by, *comment, *author; /* each may be NULL */
    const char *const *instructions;           /* instruction.h */
    size_t n_instructions;
};

/* Makes the new config: fresh memory, with the text's length and digest (SHA-256). */
int config_edit(const char *json, size_t len, const struct config_edit *e, char **ret, size_t *ret_len,
                struct digest *ret_digest, struct err *err);

#endif
