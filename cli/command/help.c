/* SPDX-License-Identifier: Apache-2.0 */
/* `mica --help` and `mica VERB --help`, printed from the verbs' tables. */
#include <string.h>

#include "command/options.h"
#include "command/verb.h"

void help_print(FILE *out, const struct verb *const *verbs)
{
    fputs("usage: mica [--store DIR] [--also DIR]... VERB [OPTION...] [WORD...]\n\n"
          "Mounts container images, inspects their layers, and keeps them in a store.\n\n",
          out);
    for (const struct verb *const *v = verbs; *v; v++) {
        if (!(*v)->hidden)
            fprintf(out, "  %-9s %s\n", (*v)->name, (*v)->summary);
    }
    fputs(
        "\n"
        "  --store DIR   the store (default: $MICA_STORE, /var/lib/mica for root, else ~/.local/share/mica)\n"
        "  --also DIR    a read-only store to use beneath it; may be given several times\n"
        "  --help, --version\n\n"
        "IMAGE is a name in the store (debian:12), a digest, or 4 or more digits of one. SOURCE is oci:DIR[:TAG],\n"
        "oci-archive:FILE[:TAG], docker-archive:FILE[:TAG], dir:DIR, a path, or - for an archive on standard input.\n"
        "In place of an IMAGE, a SOURCE is imported first.\n\n"
        "`mica VERB --help` lists the options and examples of a verb.\n",
        out);
}

static void print_synopsis(FILE *out, const struct verb *v)
{
    const char *line = v->synopsis, *lead = "usage: ";

    while (line) {
        const char *end = strchr(line, '\n');
        int len = end ? (int)(end - line) : (int)strlen(line);
        fprintf(out, "%smica %s%s%.*s\n", lead, v->name, len ? " " : "", len, line);
        lead = "       ";
        line = end ? end + 1 : NULL;
    }
    if (v->alias)
        fprintf(out, "       (also: mica %s)\n", v->alias);
}

static void print_option(FILE *out, const struct verb_option *o)
{
    char left[40];
    char letter[5] = "    ";

    if (o->letter < 256)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->arg && o->arg[0] != '[' ? " " : "",
             o->arg ? o->arg : "");
    fprintf(out, "  %-27s %s\n", left, o->help);
}

void help_print_verb(FILE *out, const struct verb *v)
{
    static const struct verb_option common[] = {{1000, "store", "DIR", "the store to use"},
                                                {1001, "also", "DIR", "a read-only store, used beneath it"},
                                                {'h', "help", NULL, "show this help"}};

    print_synopsis(out, v);
    fprintf(out, "\n%s\nOptions:\n", v->about);
    for (const struct verb_option *o = v->options; o && o->name; o++)
        print_option(out, o);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        struct verb_option o = common[i];

        for (const struct verb_option *own = v->options; own && own->name; own++)
            o.letter = own->letter == o.letter ? 1002 : o.letter /* the letter is the verb's own */;
        print_option(out, &o);
    }
    fputs("\nExamples:\n", out);
    for (const char *line = v->examples; *line;) {
        int len = (int)strcspn(line, "\n");
        fprintf(out, "  %.*s\n", len, line);
        line += len + (line[len] == '\n');
    }
}
