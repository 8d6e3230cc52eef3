/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing a verb's arguments with getopt_long: options and operands in any order, "--" ends the options.
 * Every verb also accepts --store DIR and --help.
 *
 *     struct options o;
 *     options_init(&o, cli, argc, argv);
 *     for (int c; (c = options_next(&o)) > 0;)
 *         switch (c) { ... o.value ... }
 *     if (options_operands(&o, 1, 1, "IMAGE") < 0)
 *         return o.status;
 *     ... o.argv[0 .. o.argc - 1] ...
 */
#ifndef MICA_COMMAND_OPTIONS_H
#define MICA_COMMAND_OPTIONS_H

#include <getopt.h>

#include "command/verb.h"

#define OPTIONS_MAX 40 /* of one verb */

struct options {
    struct cli *cli;
    int argc; /* after options_operands: the number of operands */
    char **argv;
    const char *value; /* of the option just returned */
    int status;        /* return value for run() if options_operands fails */
    /* private */
    int ended;
    struct option long_options[OPTIONS_MAX + 4];
    char short_options[2 * OPTIONS_MAX + 5];
};

/* Begins parsing; `argv[0]` is the verb. */
void options_init(struct options *o, struct cli *cli, int argc, char **argv);
/* Returns the next option's letter or id; 0 at the end, also after --help or an error (options_operands
 * reports it). */
int options_next(struct options *o);
/* Reports a wrong value of an option and ends the parsing. Returns -1. */
int options_bad(struct options *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends the parsing: 0 with at least `min` and at most `max` operands (-1: any number), otherwise -1 and
 * sets o->status. `what` names the operands in the message ("IMAGE DIR"). */
int options_operands(struct options *o, int min, int max, const char *what);

#endif
