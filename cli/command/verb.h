/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verb of the command: its table, and what every verb may call. verb/verbs.h lists them, and says how to
 * add one.
 *
 * run() gives the exit status: 0 done, 1 failed (it has said why, in one line on standard error), 2 wrong
 * usage.
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
    STATUS_OVER = 3, /* of verbs that judge: over a limit */
};

/* An option of a verb: what getopt_long reads and what --help says come from the same line. */
struct verb_option {
    int letter;       /* also its id; above 255 for options without a short form */
    const char *name; /* long form */
    const char *arg;  /* NULL: takes none; "[=ARG]": may have one */
    const char *help;
};

struct cli {
    bool quiet;                      /* an import that is due first says nothing */
    const char *store;               /* --store, or NULL for the default */
    const struct verb *const *verbs; /* all of them; ends with NULL */
    const struct verb *verb;         /* the one that is run; NULL before it is known */
};

struct verb {
    const char *name, *alias;          /* alias may be NULL */
    const char *summary;               /* one line, for `mica help` */
    const char *synopsis;              /* one line, without "mica NAME"; alternatives separated by newlines */
    const char *about;                 /* a few lines */
    const struct verb_option *options; /* ends with name NULL; may be NULL */
    const char *examples;              /* lines of commands */
    /* Options that it does not have and other tools do; may be NULL. */
    const struct foreign_option *foreign;
    int (*run)(struct cli *cli, int argc, char **argv);
    bool operands_end_options; /* what follows the first operand is somebody else's command line */
    bool hidden;               /* for programs: `mica help` does not list it */
};

/* verb_find.c; `verbs` ends with NULL. By name or alias; NULL. */
const struct verb *verb_find(const struct verb *const *verbs, const char *name);
/* The verb whose name is nearest to a mistyped one, or NULL when none is near. */
const struct verb *verb_nearest(const struct verb *const *verbs, const char *name);
/* Says that there is no such verb, and which may be meant. Returns STATUS_USAGE. */
int verb_unknown(const struct cli *cli, const char *name);

/* `mica --help` / `mica VERB --help`. (help.c) */
void help_print(FILE *out, const struct verb *const *verbs);
void help_print_verb(FILE *out, const struct verb *v);

/* say.c: "mica: TEXT" on standard error, with bytes that a terminal could act on escaped. Both return what
 * run() returns. */
int cli_fail(const struct err *err);
int cli_failf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for what went well and should be known. */
void cli_notef(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Wrong usage: the line, and where to read more. Returns STATUS_USAGE. */
int cli_usagef(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* --also DIR: adds the store to $MICA_ALSO, which this program and the daemons that it starts read. 0, or a status
 * after a message. (also.c) */
int cli_also(const struct cli *cli, const char *dir);
/* A status for a return value of the output functions: 0 done, else says what went wrong. */
int cli_output_status(int r);

#endif
