/* SPDX-License-Identifier: Apache-2.0 */
/* After a shell: what it changed in its branch is listed, and kept unless it is said otherwise. */
#ifndef MICA_VERB_SHELL_END_H
#define MICA_VERB_SHELL_END_H

#include <stdbool.h>
#include <stddef.h>

struct store;

enum shell_answer {
    SHELL_UNCLEAR,
    SHELL_DELETE,
    SHELL_LIST, /* all of what changed */
    SHELL_KEEP_BRANCH,
    SHELL_KEEP_IMAGE,
};
/* What a line means, with or without its newline: "delete" or "no", "l", "b [NAME]" (or nothing), "i NAME".
 * *ret_name points into `line`, which is cut behind the name; NULL without one. Pure. */
enum shell_answer shell_answer_parse(char *line, const char **ret_name);

/* Ends with branch `branch`, which nobody holds any more. `made_for_it`: it was made for the shell, so
 * somebody at the terminal is asked whether to keep it; nothing but a word deletes it. An exit status, after
 * having said why. */
int shell_end(struct store *s, const char *branch, bool made_for_it);

#endif
