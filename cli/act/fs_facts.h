/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_ACT_FS_FACTS_H
#define MICA_ACT_FS_FACTS_H

#include "act/host_facts.h"

/* Try in the store: in a transaction's directory where one can be made, which *ret_writable tells. Else all
 * is unknown. */
void fs_facts_of_store(struct store *s, bool *ret_writable, struct fs_facts *ret);
/* Try in a directory that is not mica's: in files without names only. */
void fs_facts_of_dir(int dirfd, struct fs_facts *ret);

#endif
