/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to the words of docker, podman, umoci, skopeo and dive that users type by habit: mica's
 * equivalent. The words are not matched by spelling, because a similar word (`rmi` and `run`) can have a
 * different meaning. */
#ifndef MICA_COMMAND_FOREIGN_H
#define MICA_COMMAND_FOREIGN_H

/* Returns a sentence about a word in the place of a verb, or NULL for an unknown word. */
const char *foreign_verb(const char *word);

/* A word in the place of an option, "--name" or "-n", of one verb; the table ends with option NULL. */
struct foreign_option {
    const char *option; /* several spellings are separated by blanks */
    const char *instead;
};
/* Returns the answer for an option, or NULL; `len`: of the option without its value. */
const char *foreign_option(const struct foreign_option *table, const char *option, unsigned long len);

/* Tables that several verbs share. */
extern const struct foreign_option foreign_run_options[], foreign_list_options[];

#endif
