/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_ACT_FUSE_CONF_H
#define MICA_ACT_FUSE_CONF_H

#include <stdbool.h>

/* Does /etc/fuse.conf let ordinary users open their mounts to others (user_allow_other)? */
bool fuse_conf_allows_other(void);
/* The same of a file's text: a line of its own, as fusermount3 reads it. Writes into the text. Pure. */
bool fuse_conf_text_allows_other(char *text);

#endif
