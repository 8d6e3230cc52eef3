/* SPDX-License-Identifier: Apache-2.0 */
/* Overlay marks on a file of an upper directory (store/FORMAT.md, "Branches"). Pure. */
#ifndef MICA_VERIFY_MARKS_H
#define MICA_VERIFY_MARKS_H

#include <stdbool.h>
#include <stddef.h>

/* Is this a valid value of the mark? `mark` is the xattr's name after the prefix; an unknown mark may have any
 * value. */
bool mark_is_sound(const char *mark, const char *value, size_t len);
/* Is this a valid value of user.containers.override_stat: UID:GID:MODE, optionally :TYPE? */
bool mark_owner_is_sound(const char *value, size_t len);

#endif
