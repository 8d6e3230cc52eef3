/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_OWNER_LIST_H
#define MICA_UNION_OWNER_LIST_H

#include "union/owner.h"

/* Access lists: as setxattr(2) and getxattr(2) for an attribute that is_list. Updates the
 * mode. */
bool owner_is_list(const char *attr);
/* Remove an access list, if there is one and the file system supports lists. */
int owner_drop_list(struct where w, const char *attr);
int owner_set_list(const struct branch *b, struct where w, const void *list, size_t size);
ssize_t owner_get_list(const struct branch *b, struct where w, void *list, size_t size);
/* With an override, for a new file not visible yet: set the lists that follow from the default list of `dir`,
 * if there is one, and update the mode in *st. */
int owner_inherit_list(struct where w, struct where dir, struct stat *st);

#endif
