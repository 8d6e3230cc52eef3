/* SPDX-License-Identifier: Apache-2.0 */
#include "command/options.h"

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;

    options_init(&o, cli, argc, argv);
    while (options_next(&o) > 0)
        ;
    if (options_operands(&o, 0, 1, "[VERB]") < 0)
        return o.status;
    if (o.argc == 0) {
        help_print(stdout, cli->verbs);
        return STATUS_DONE;
    }
    const struct verb *v = verb_find(cli->verbs, o.argv[0]);
    if (!v)
        return verb_unknown(cli, o.argv[0]);
    help_print_verb(stdout, v);
    return STATUS_DONE;
}

const struct verb verb_help = {
    .name = "help",
    .summary = "list all verbs, or describe one",
    .synopsis = "[VERB]",
    .about = "Without VERB, lists all verbs.\n",
    .examples = "mica help\nmica help mount\n",
    .run = run,
};
