/* SPDX-License-Identifier: Apache-2.0 */
#include "command/options.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum {
    OPTION_STORE = 1000,
    OPTION_ALSO,
    OPTION_HELP,
};

static int takes_argument(const struct verb_option *v)
{
    if (!v->arg)
        return no_argument;
    return v->arg[0] == '[' ? optional_argument : required_argument;
}

static void add_option(struct options *o, size_t *n, const struct verb_option *v)
{
    o->long_options[(*n)++] = (struct option){v->name, takes_argument(v), NULL, v->letter};
    if (v->letter < 256) {
        size_t len = strlen(o->short_options);
        o->short_options[len++] = (char)v->letter;
        if (v->arg)
            o->short_options[len++] = ':';
    }
}

static bool is_own(const struct options *o, int letter)
{
    const struct verb_option *v = o->cli->verb->options;

    while (v && v->name && v->letter != letter)
        v++;
    return v && v->name;
}

void options_init(struct options *o, struct cli *cli, int argc, char **argv)
{
    static const struct verb_option common[] = {{OPTION_STORE, "store", "DIR", NULL},
                                                {OPTION_ALSO, "also", "DIR", NULL},
                                                {OPTION_HELP, "help", NULL, NULL}};
    size_t n = 0;

    *o = (struct options){.cli = cli, .argc = argc, .argv = argv};
    strcpy(o->short_options, cli->verb->operands_end_options ? "+:" : ":");
    for (const struct verb_option *v = cli->verb->options; v && v->name && n < OPTIONS_MAX; v++)
        add_option(o, &n, v);
    if (!is_own(o, 'h'))
        strcat(o->short_options, "h");
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        add_option(o, &n, &common[i]);
    optind = 0; /* glibc: start again, also in the middle of grouped short options */
    opterr = 0;
}

static int stop(struct options *o, int status)
{
    o->ended = 1;
    o->status = status;
    return 0;
}

/* getopt reports an invalid short option in optopt, a long one only by the word. */
static int mistake(struct options *o, int c)
{
    const char *word = optind > 0 && optind <= o->argc ? o->argv[optind - 1] : "";
    char letter[3] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;

    if (!is_long && optopt > 0 && optopt < 256)
        word = letter;
    const char *instead = foreign_option(o->cli->verb->foreign, word, strcspn(word, "="));
    if (c == '?' && !(is_long && optopt) && instead) {
        stop(o, cli_usagef(o->cli, "unknown option %.*s: %s", (int)strcspn(word, "="), word, instead));
        return 0;
    }
    stop(o, c == ':'            ? cli_usagef(o->cli, "%s needs a value", word)
            : is_long && optopt ? cli_usagef(o->cli, "%.*s takes no value", (int)strcspn(word, "="), word)
                                : cli_usagef(o->cli, "unknown option %s", word));
    return 0;
}

/* An option of another tool is not an abbreviation of one of mica's: `--pid` is not `--pids-limit`. */
static bool abbreviates_foreign(struct options *o)
{
    const char *word = o->argv[optind - 1];

    if (optarg == word)
        word = o->argv[optind - 2];
    size_t len = strcspn(word, "=");
    const char *instead = foreign_option(o->cli->verb->foreign, word, len);
    if (instead)
        options_bad(o, "unknown option %.*s: %s", (int)len, word, instead);
    return instead != NULL;
}

static int help(struct options *o)
{
    help_print_verb(stdout, o->cli->verb);
    return stop(o, STATUS_DONE);
}

int options_next(struct options *o)
{
    while (!o->ended) {
        int index = -1; /* of a long option */
        int c = getopt_long(o->argc, o->argv, o->short_options, o->long_options, &index);
        switch (c) {
        case -1:
            return 0;
        case 'h':
            if (is_own(o, 'h')) {
                o->value = optarg;
                return c;
            }
            if (strcmp(o->argv[optind - 1], "-h") != 0) {
                options_bad(o, "-h cannot be combined with other letters; use -h alone, or --help");
                return 0;
            }
            return help(o);
        case OPTION_HELP:
            return help(o);
        case ':':
        case '?':
            return mistake(o, c);
        case OPTION_STORE:
            o->cli->store = optarg;
            break;
        case OPTION_ALSO: {
            int status = cli_also(o->cli, optarg);

            if (status != STATUS_DONE)
                return stop(o, status);
            break;
        }
        default:
            if (index >= 0 && abbreviates_foreign(o))
                return 0;
            o->value = optarg;
            return c;
        }
    }
    return 0;
}

int options_bad(struct options *o, const char *fmt, ...)
{
    struct err err;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err.text, sizeof err.text, fmt, ap);
    va_end(ap);
    stop(o, cli_usagef(o->cli, "%s", err.text));
    return -1;
}

int options_operands(struct options *o, int min, int max, const char *what)
{
    if (o->ended)
        return -1;
    o->argc -= optind;
    o->argv += optind;
    if (o->argc < min)
        return options_bad(o, "needs %s", what);
    if (max >= 0 && o->argc > max)
        return options_bad(o, "too many words: \"%s\"", o->argv[max]);
    return 0;
}
