/* SPDX-License-Identifier: Apache-2.0 */
/* What an unpacked layer's directory holds, as text: one line a name, sorted, everything that differs from a
 * plain file. */
#ifndef TESTS_LAYER_DUMP_H
#define TESTS_LAYER_DUMP_H

#include "os/buf.h"

/*
 * Reads `index`, the packs, `places` and `files` below `dirfd` and checks their agreement: each content's hash, places,
 * index_verify. Lines:
 *
 *   f PATH 644 [UID:GID] [mtime S[.NS]] [links N] [own] [blocks N] "content"    (longer ones: length and
 * hash) d PATH 755 [opaque] [implicit] [passive] [replaces] l PATH -> TARGET     h PATH -> TARGET (lower
 * link)     w PATH (whiteout)     c|b PATH MAJOR:MINOR     p PATH
 *
 * with [NAME=VALUE] for each attribute. Bytes outside of 0x21 to 0x7e are \xHH. The root has no line unless
 * it is explicit.
 */
void layer_dump(int dirfd, struct buf *ret);

#endif
