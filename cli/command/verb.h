/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verb of the command: its table, and the functions that every verb may call. verb/verbs.h lists the verbs
 * and the steps to add one.
 *
 * run() returns the exit status: 0 done, 1 failed (after one line on standard error), 2 wrong usage.
 */
#ifndef MICA_COMMAND_VERB_H
#define MICA_COMMAND_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "command/foreign.h"
#include "os/err.h"

enum {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_OVER = 3, /* of verbs that judge: a limit is exceeded */
};

/* An option of a verb: the source of getopt_long's table and of the line of --help. */
struct verb_option {
    int letter;       /* also its id; above 255 for options without a short form */
    const char *name; /* long form */
    const char *arg;  /* NULL: no argument; "[=ARG]": an optional one */
    const char *help;
};

struct cli {
    bool quiet;                      /* an implicit import prints nothing */
    const char *store;               /* --store, or NULL for the default */
    const struct verb *const *verbs; /* all verbs; ends with NULL */
    const struct verb *verb;         /* the running one; NULL before it is known */
};

struct verb {
    const char *name, *alias;          /* alias may be NULL */
    const char *summary;               /* one line, for `mica help` */
    const char *synopsis;              /* one line, without "mica NAME"; alternatives separated by newlines */
    const char *about;                 /* a few lines */
    const struct verb_option *options; /* ends with name NULL; may be NULL */
    const char *examples;              /* lines of commands */
    /* Options of other tools that this verb lacks; may be NULL. */
    const struct foreign_option *foreign;
    int (*run)(struct cli *cli, int argc, char **argv);
    bool operands_end_options; /* the words after the first operand are another program's command line */
    bool hidden;               /* for programs: `mica help` omits it */
};

/* Finds a verb by name or alias, or returns NULL; `verbs` ends with NULL. (verb_find.c) */
const struct verb *verb_find(const struct verb *const *verbs, const char *name);
/* Returns the verb nearest to a mistyped name, or NULL if none is near. */
const struct verb *verb_nearest(const struct verb *const *verbs, const char *name);
/* Reports an unknown verb and suggests one. Returns STATUS_USAGE. */
int verb_unknown(const struct cli *cli, const char *name);

/* Print `mica --help` / `mica VERB --help`. (help.c) */
void help_print(FILE *out, const struct verb *const *verbs);
void help_print_verb(FILE *out, const struct verb *v);

/* Print "mica: TEXT" on standard error, with bytes that a terminal could obey escaped. Both return the
 * value for run(). (say.c) */
int cli_fail(const struct err *err);
int cli_failf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints a notice about a success in the same form. */
void cli_notef(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Reports wrong usage, and where to read more. Returns STATUS_USAGE. */
int cli_usagef(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* --also DIR: adds the store to $MICA_ALSO, which this program and its daemons read. Returns 0, or a
 * status after a message. (also.c) */
int cli_also(const struct cli *cli, const char *dir);
/* Converts a return value of the output functions to a status: 0 done, otherwise reports the error. */
int cli_output_status(int r);

#endif
