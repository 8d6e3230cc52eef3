/* SPDX-License-Identifier: Apache-2.0 */
/* After a shell: what it changed in its branch is listed, and kept or thrown away. */
#ifndef MICA_CLI_SHELL_END_H
#define MICA_CLI_SHELL_END_H

#include <stdbool.h>
#include <stddef.h>

struct store;

enum shell_answer {
    SHELL_UNCLEAR,
    SHELL_THROW_AWAY,
    SHELL_LIST, /* all of what changed */
    SHELL_KEEP_BRANCH,
    SHELL_KEEP_IMAGE,
};
/* What a line means, with or without its newline: nothing or "n", "l", "b [NAME]", "i NAME". *ret_name points
 * into `line`, which is cut behind the name; NULL without one. Pure. */
enum shell_answer shell_answer_parse(char *line, const char **ret_name);

/* Ends with branch `branch`, which nobody holds any more. `throw_away`: it was made for the shell, so it goes
 * unless somebody at the terminal wants it kept; what nobody could be asked about, because of a signal or a
 * terminal that is gone, is kept. An exit status, after having said why. */
int shell_end(struct store *s, const char *branch, bool throw_away);

#endif
