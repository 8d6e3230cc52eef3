/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a shell: lists the changes in its branch, and keeps them unless the user answers otherwise. */
#ifndef MICA_VERB_SHELL_END_H
#define MICA_VERB_SHELL_END_H

#include <stdbool.h>
#include <stddef.h>

struct store;

enum shell_answer {
    SHELL_UNCLEAR,
    SHELL_DELETE,
    SHELL_LIST, /* list all changes */
    SHELL_KEEP_BRANCH,
    SHELL_KEEP_IMAGE,
};
/* Parses an answer, with or without its newline: "delete" or "no", "l", "b [NAME]" (or nothing), "i NAME".
 * *ret_name points into `line`, which is cut after the name; NULL without one. Pure. */
enum shell_answer shell_answer_parse(char *line, const char **ret_name);

/* Finishes with branch `branch`, which no process holds. `made_for_it`: it was created for the shell, so a
 * user at the terminal is asked whether to keep it; only an explicit answer deletes it. Returns an exit
 * status, after a message on failure. */
int shell_end(struct store *s, const char *branch, bool made_for_it);

#endif
