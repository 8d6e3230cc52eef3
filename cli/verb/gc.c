/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "act/branch_edit.h"
#include "act/collected.h"
#include "act/interrupt.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/size.h"

enum {
    OPTION_BRANCHES = 256,
    OPTION_OLDER,
};

static const struct verb_option options[] = {
    {'n', "dry-run", NULL, "only tell what would be freed"},
    {OPTION_BRANCHES, "branches", NULL, "first remove the branches that are not mounted"},
    {OPTION_OLDER, "older-than", "AGE", "of branches: those not used for 30m, 12h, 7d or 2w"},
    {'f', "force", NULL, "remove branches without asking"},
    {'q', "quiet", NULL, "print the sum only"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

struct request {
    bool dry_run, branches, force, quiet, json;
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

/* Time of a branch's creation, last change at its top, or last mount (which empties its work directory). */
static int64_t last_use(struct store *s, const struct branch_entry *b)
{
    static const char *const parts[] = {"", "/upper", "/work", "/work/work"};
    int64_t latest = b->info.created;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cleanup_free char *path = NULL;
        struct stat st;

        if (asprintf(&path, "branches/%s%s", b->name, parts[i]) < 0) {
            path = NULL;
            return INT64_MAX;
        }
        if (fstatat(store_fd(s), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        latest = st.st_mtim.tv_sec > latest ? st.st_mtim.tv_sec : latest;
        latest = st.st_ctim.tv_sec > latest ? st.st_ctim.tv_sec : latest;
    }
    return latest;
}

static bool goes(struct store *s, const struct branch_entry *b, const struct request *req)
{
    return !b->fault && !b->held && (req->age == 0 || last_use(s, b) <= time(NULL) - req->age);
}

static bool confirmed(size_t n)
{
    char answer[16];

    fprintf(stderr, "Remove %s, with all that %s changed? [y/N] ", n == 1 ? "this branch" : "these branches",
            n == 1 ? "it" : "they");
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* 1: continue; 0: the user declined; -1 on failure. */
static int prune_branches(struct store *s, const struct request *req, const struct branch_list *l)
{
    size_t n = 0;
    int status = 1;

    for (size_t i = 0; i < l->n; i++) {
        if (!goes(s, &l->branches[i], req))
            continue;
        n++;
        if (!req->json && !req->quiet)
            printf("branch %s\n", l->branches[i].name);
    }
    fflush(stdout);
    if (n == 0 || req->dry_run)
        return 1;
    if (!req->force && isatty(STDIN_FILENO) && !confirmed(n))
        return 0;
    for (size_t i = 0; i < l->n; i++)
        if (goes(s, &l->branches[i], req) && branch_remove_one(s, l->branches[i].name) != STATUS_DONE)
            status = -1;
    return status;
}

/* ---- the verb */

static int collect(struct store *s, const struct request *req)
{
    const struct collect_options opt = {.dry_run = req->dry_run, .wait = true, .waits = collected_tell_wait};
    struct collect_result result;
    struct err err = {""};

    interrupt_catch();
    if (store_collect(s, &opt, &result, &err) < 0) {
        if (!interrupt_status())
            return cli_fail(&err);
        cli_failf("gc: interrupted; nothing that is needed was removed");
        return interrupt_status();
    }
    int status = STATUS_DONE;
    if (req->json)
        status = collected_print_json(&result);
    else
        collected_print(&result, req->dry_run, req->quiet);
    collect_result_free(&result);
    return status;
}

static int work(struct store *s, const struct request *req)
{
    struct branch_list branches = {NULL, 0};
    struct err err = {""};
    int going_on = 1;

    if (!req->dry_run)
        store_branches_sweep(s);
    if (req->branches) {
        if (store_branches(s, &branches, &err) < 0)
            return cli_fail(&err);
        going_on = prune_branches(s, req, &branches);
        branch_list_free(&branches);
    }
    if (going_on == 0)
        return cli_failf("nothing was removed");
    int status = collect(s, req);
    return going_on < 0 && status == STATUS_DONE ? STATUS_FAILED : status;
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
    .summary = "remove what no name, branch or mount needs",
    .synopsis =
        "[--dry-run] [--quiet | --json]\n--branches [--older-than AGE] [--force] [--dry-run] [--quiet | --json]",
    .about =
        "Removes images that have no name, unless a branch or a mount stands on them, then every blob, layer and tree\n"
        "that no image, branch or mount needs, and what interrupted work left. Prints each with its bytes on the disk,\n"
        "and the sum, which is what df(1) shows afterwards. A mica that writes to the store at that moment is waited\n"
        "for. What is not mica's stays, and is named.\n"
        "--branches removes the branches that are not mounted as well, with all that they hold; on a terminal it asks.\n",
    .options = options,
    .examples = "mica gc --dry-run\n"
                "mica gc\n"
                "mica prune --branches --older-than 7d\n",
    .foreign = elsewhere,
    .run = run,
};
