/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of docker, podman, umoci, skopeo and dive, as people type them here by habit: what mica has instead.
 * Nothing is guessed from their spelling, because what is near in letters (`rmi` and `run`) may be far in
 * meaning.
 */
#ifndef MICA_COMMAND_FOREIGN_H
#define MICA_COMMAND_FOREIGN_H

/* Of a word in the place of a verb: a sentence, or NULL for one that is not known. */
const char *foreign_verb(const char *word);

/* The same of an option, "--name" or "-n", of one verb: its table ends with option NULL. */
struct foreign_option {
    const char *option; /* several spellings have blanks between them */
    const char *instead;
};
/* `len`: of the option without its value. */
const char *foreign_option(const struct foreign_option *table, const char *option, unsigned long len);

/* Tables that several verbs share. */
extern const struct foreign_option foreign_run_options[], foreign_list_options[];

#endif
