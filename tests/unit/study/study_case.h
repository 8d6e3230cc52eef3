/* SPDX-License-Identifier: Apache-2.0 */
/* Layers by words, and their histories as text: for tests that write the answers down. */
#ifndef MICA_TEST_STUDY_CASE_H
#define MICA_TEST_STUDY_CASE_H

#include "study/study.h"

/*
 * A layer of words, in the order of its archive:
 *
 *     "d/"        a directory            "f:abc"        a file with this content (size and hash are those of "abc")
 *     ".wh.f"     a whiteout             "f:abc@600"    with this mode; directories, too: "d/@700"
 *     "f=g"       a hard link to g       "l>t"          a symbolic link
 *     "f!9999b"   a file with the attribute user.a of so many bytes of this letter
 */
struct index *case_layer(const char *const *words);
#define LAYER(...) case_layer((const char *const[]){__VA_ARGS__, NULL})

/* The events of a path in a few letters, "1+ 3c 5-w": layer (from 1), then + added, c content, m metadata, = the same,
 * - removed and by what (w whiteout, o opaque, t type, e entry), . nothing. Writes to `buf` and returns it. */
const char *case_events(const struct study_path *p, char buf[256]);

#endif
