/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_arg.h"
#include "container/container_run.h"
#include "os/cleanup.h"

static const struct verb_option options[] = {
    {CONTAINER_RM, "rm", NULL, "discard the changes at the end"},
    CONTAINER_OPTIONS,
    {'i', "interactive", NULL, "connect standard input"},
    {'t', "tty", NULL, "allocate a terminal"},
    {'q', "quiet", NULL, "do not print the branch's name, or the note of an import"},
    {CONTAINER_RUNTIME, "runtime", "PROGRAM", "a name in PATH, or a path; the default is crun, else runc"},
    {0, NULL, NULL, NULL},
};

static int run_words(struct cli *cli, struct options *o, struct container_options *c)
{
    cleanup_image_arg struct image_arg a = {0};

    cli->quiet = c->quiet;
    int status = image_arg_find(cli, o->argv[0], &a);

    if (status != STATUS_DONE)
        return container_status(status);
    c->wish.command = o->argv + 1;
    return container_run_image(&a, c, NULL, !c->quiet);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct container_options c = {0};
    struct options o;
    int status;

    options_init(&o, cli, argc, argv);
    for (int letter; (letter = options_next(&o)) > 0;)
        container_option(&c, &o, letter);
    if (options_operands(&o, 1, -1, "IMAGE") < 0 || container_options_check(&c, &o) < 0)
        status = container_status(o.status);
    else
        status = run_words(cli, &o, &c);
    container_options_free(&c);
    return status;
}

const struct verb verb_run = {
    .name = "run",
    .summary = "run a command in a container",
    .synopsis = "[OPTION...] IMAGE [COMMAND...]",
    .about =
        "Runs COMMAND, or the image's command, in a container with the image as its root.\n"
        "Changes go to a branch: a new one, whose name is printed on standard error, or the one of --branch; with --rm\n"
        "they are discarded. Works for root and for ordinary users; needs crun or runc.\n"
        "Exit status: the command's, or 128 + N if signal N killed it; 125 for an error of mica or the runtime, 126 if\n"
        "the command cannot be executed, 127 if it does not exist.\n",
    .options = options,
    .examples = "mica run --rm debian:12 cat /etc/os-release\n"
                "mica run --rm -it debian:12 bash\n"
                "mica run --branch work --network host debian:12 apt-get update\n"
                "mica run --rm -v .:/src -w /src gcc:13 make\n"
                "mica run --rm --env-file app.env --tmpfs /cache --cap-drop ALL --init app:1\n"
                "mica run --read-only -u www-data -e MODE=test app:1\n"
                "tar c data | mica run --rm -i app:1 tar t\n",
    .foreign = foreign_run_options,
    .run = run,
    .operands_end_options = true,
};
