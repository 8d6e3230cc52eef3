/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/collected.h"
#include "act/interrupt.h"
#include "act/prune.h"
#include "command/options.h"
#include "os/cleanup.h"

enum {
    OPTION_BRANCHES = 256,
    OPTION_OLDER,
    OPTION_NO_WAIT,
};

static const struct verb_option options[] = {
    {'n', "dry-run", NULL, "only print what would be removed"},
    {OPTION_BRANCHES, "branches", NULL, "first remove the branches that are not mounted"},
    {OPTION_OLDER, "older-than", "AGE", "of these branches, only those unused for 30m, 12h, 7d or 2w"},
    {'f', "force", NULL, "remove branches without asking"},
    {OPTION_NO_WAIT, "no-wait", NULL, "fail if another mica writes to the store"},
    {'q', "quiet", NULL, "print only the sum"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

struct request {
    bool dry_run, branches, force, quiet, json;
    bool no_wait;
    int64_t age; /* seconds */
};

/* Parses "30m", "12h", "7d" or "2w" to seconds; a bare number is of seconds. */
static int parse_age(const char *text, int64_t *ret)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {0, 1}};
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (errno || end == text || !isdigit((unsigned char)*text) || (*end && end[1]) || n > 1000000)
        return -EINVAL;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (*end == units[i].unit) {
            *ret = n * units[i].seconds;
            return 0;
        }
    }
    return -EINVAL;
}

static void take_option(struct options *o, int c, struct request *req)
{
    switch (c) {
    case 'n':
        req->dry_run = true;
        break;
    case OPTION_BRANCHES:
        req->branches = true;
        break;
    case OPTION_OLDER:
        if (parse_age(o->value, &req->age) < 0)
            options_bad(o, "--older-than: \"%s\" is no age, such as 30m, 12h, 7d or 2w", o->value);
        break;
    case 'f':
        req->force = true;
        break;
    case OPTION_NO_WAIT:
        req->no_wait = true;
        break;
    case 'q':
        req->quiet = true;
        break;
    case 'j':
        req->json = true;
        break;
    default:
        break;
    }
}

/* ---- branches */

static bool confirmed(size_t n)
{
    char answer[16];

    fprintf(stderr, "Remove %s, with all that %s changed? [y/N] ", n == 1 ? "this branch" : "these branches",
            n == 1 ? "it" : "they");
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void print_branches(const struct prune *p)
{
    for (size_t i = 0; i < p->n; i++)
        printf("%sbranch %s %" PRIu64 "\n", p->branches[i].is_temporary ? "temporary " : "",
               p->branches[i].name, p->branches[i].disk_size);
    fflush(stdout);
}

static size_t count_lasting(const struct prune *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += !p->branches[i].is_temporary;
    return n;
}

/* Nothing but a clear word removes what somebody changed. */
static int ask(const struct request *req, const struct prune *p)
{
    size_t n = count_lasting(p);

    if (n == 0 || req->force)
        return STATUS_DONE;
    if (!isatty(STDIN_FILENO))
        return cli_failf("nothing was removed: no terminal to confirm on; --force removes the branches");
    return confirmed(n) ? STATUS_DONE : cli_failf("nothing was removed");
}

static int prune_branches(struct store *s, const struct request *req, struct prune *p)
{
    int status;

    if (!req->json && !req->quiet)
        print_branches(p);
    if (req->dry_run)
        return STATUS_DONE;
    status = ask(req, p);
    return status == STATUS_DONE ? prune_remove(s, p) : status;
}

/* ---- the verb */

static int print(const struct request *req, const struct prune *p, struct collect_result *result)
{
    cleanup_free struct collected_extra *extra = calloc(p->n + 1, sizeof *extra);

    if (!extra)
        return cli_failf("out of memory");
    for (size_t i = 0; i < p->n; i++)
        extra[i] = (struct collected_extra){
            .object = "branch", .name = p->branches[i].name, .disk_size = p->branches[i].disk_size};
    if (req->json)
        return collected_print_json(result, extra, p->n);
    collected_print(result, extra, p->n, req->dry_run, req->quiet);
    return STATUS_DONE;
}

static int collect(struct store *s, const struct request *req, const struct prune *p)
{
    cleanup_free const char **names = calloc(p->n + 1, sizeof *names);
    const struct collect_options opt = {.dry_run = req->dry_run,
                                        .wait = !req->no_wait,
                                        .waits = collected_tell_wait,
                                        .removed_branches = names,
                                        .n_removed_branches = req->dry_run ? p->n : 0};
    struct collect_result result;
    struct err err = {""};

    if (!names)
        return cli_failf("out of memory");
    for (size_t i = 0; i < p->n; i++)
        names[i] = p->branches[i].name;
    interrupt_catch();
    if (store_collect(s, &opt, &result, &err) < 0) {
        if (!interrupt_status())
            return cli_fail(&err);
        cli_failf("gc: interrupted; no needed object was removed");
        return interrupt_status();
    }
    int status = print(req, p, &result);
    if (result.is_busy && req->dry_run)
        cli_notef(
            "another mica writes to the store; mica gc waits for it, and keeps the objects that it needs");
    if (result.postponed)
        status = cli_failf("no object was removed: another mica writes to the store");
    collect_result_free(&result);
    return status;
}

static int work(struct store *s, const struct request *req)
{
    struct prune p;
    struct err err = {""};
    int status = STATUS_DONE;

    if (prune_choose(s, req->branches, req->age, &p, &err) < 0)
        status = cli_fail(&err);
    if (status == STATUS_DONE)
        status = prune_branches(s, req, &p);
    if (status == STATUS_DONE)
        status = collect(s, req, &p);
    prune_free(&p);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct request req = {.dry_run = false};
    struct options o;
    struct store *s = NULL;
    struct err err = {""};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        take_option(&o, c, &req);
    if (options_operands(&o, 0, 0, "") < 0)
        return o.status;
    if (!req.branches && (req.age || req.force))
        return cli_usagef(cli, "%s is for --branches", req.age ? "--older-than" : "--force");
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    int status = work(s, &req);
    store_close(s);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-a --all", "an image that has a name is removed by mica rm NAME"},
    {"--filter", "--branches --older-than AGE chooses branches by their last use"},
    {"--volumes", "mica keeps no volumes"},
    {NULL, NULL},
};

const struct verb verb_gc = {
    .name = "gc",
    .alias = "prune",
    .summary = "remove unused objects",
    .synopsis = "[--dry-run | --no-wait] [--quiet | --json]\n"
                "--branches [--older-than AGE] [--force] [--dry-run | --no-wait] [--quiet | --json]",
    .about =
        "Removes images without a name, unless they are mounted or have a branch, then every blob, layer and tree that no\n"
        "image, branch or mount needs, and leftovers of interrupted processes. Prints each with its bytes on disk, and the\n"
        "sum, by which the free space of df(1) grows. Waits until no other mica writes to the store. Leaves foreign files,\n"
        "and names them.\n"
        "--branches also removes the branches that are not mounted, with all their changes; it asks on a terminal, and\n"
        "needs --force without one.\n",
    .options = options,
    .examples = "mica gc --dry-run\n"
                "mica gc\n"
                "mica prune --branches --older-than 7d\n",
    .foreign = elsewhere,
    .run = run,
};
