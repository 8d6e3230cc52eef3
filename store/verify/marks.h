/* SPDX-License-Identifier: Apache-2.0 */
/* The marks of an overlay file system on a file of an upper directory (store/FORMAT.md, "Branches"). Pure. */
#ifndef MICA_VERIFY_MARKS_H
#define MICA_VERIFY_MARKS_H

#include <stdbool.h>
#include <stddef.h>

/* Can a mark have this value? `mark` is the attribute's name behind the prefix; those that are not known can
 * have any. */
bool mark_is_sound(const char *mark, const char *value, size_t len);
/* Is it the value of user.containers.override_stat: UID:GID:MODE, and perhaps :TYPE? */
bool mark_owner_is_sound(const char *value, size_t len);

#endif
