/* SPDX-License-Identifier: Apache-2.0 */
/* The command: options before the verb, the verb, and a check that all output has been written. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "os/start.h"
#include "tree/index.h"
#include "verb/verbs.h"

#ifndef MICA_VERSION
#error "the build defines MICA_VERSION"
#endif

/* Parse the options before the verb. Returns -1 when the verb is at argv[optind], else the exit status. */
static int global_options(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"store", required_argument, NULL, 's'},
        {"also", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };

    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+:hV", options, NULL)) != -1;) {
        switch (c) {
        case 's':
            cli->store = optarg;
            break;
        case 'a': {
            int status = cli_also(cli, optarg);

            if (status != STATUS_DONE)
                return status;
            break;
        }
        case 'h':
            help_print(stdout, cli->verbs);
            return STATUS_DONE;
        case 'V':
            puts("mica " MICA_VERSION);
            return STATUS_DONE;
        case ':':
            return cli_usagef(cli, "%s needs a value", argv[optind - 1]);
        default:
            return cli_usagef(cli, "unknown option %s", argv[optind - 1]);
        }
    }
    if (optind == argc) {
        help_print(stderr, cli->verbs);
        return STATUS_USAGE;
    }
    return -1;
}

static int run(struct cli *cli, int argc, char **argv)
{
    int status = global_options(cli, argc, argv);

    if (status >= 0)
        return status;
    argc -= optind;
    argv += optind;
    cli->verb = verb_find(cli->verbs, argv[0]);
    if (!cli->verb)
        return verb_unknown(cli, argv[0]);
    int r = index_guard_install(); /* report a damaged disk beneath an index as an error, not SIGBUS */
    return r < 0 ? cli_failf("signal handler: %s", strerror(-r)) : cli->verb->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
    struct cli cli = {.verbs = verbs_all};
    int r = start_process();
    int status = r < 0 ? cli_failf("standard input and output: %s", strerror(-r)) : run(&cli, argc, argv);
    bool failed = ferror(stdout);

    if (fflush(stdout) != 0 || failed) {
        int saved = errno;
        cli_failf("standard output: %s", failed && !saved ? "it could not be written" : strerror(saved));
        return STATUS_FAILED;
    }
    return status;
}
