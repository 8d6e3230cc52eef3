/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of names. Text without an upper-case letter ignores case (ASCII). Text with *, ? or [ is a pattern of fnmatch(3):
 * for the last name, or with a slash for the whole path; other text is looked for anywhere in the path.
 */
#ifndef MICA_EXPLORE_MATCH_H
#define MICA_EXPLORE_MATCH_H

#include <stdbool.h>

/* `path` is "/a/b". Empty text matches everything. */
bool match_path(const char *text, const char *path);

#endif
