/* SPDX-License-Identifier: Apache-2.0 */
#include "verb/shell_end.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/branch_changes.h"
#include "act/branch_edit.h"
#include "act/commit_run.h"
#include "act/interrupt.h"
#include "command/verb.h"
#include "disk/branch.h"
#include "image/digest.h"
#include "image/reference.h"
#include "os/cleanup.h"

#define FEW 40 /* lines listed before the question */

enum shell_answer shell_answer_parse(char *line, const char **ret_name)
{
    static const char space[] = " \t\r\n";
    char *rest = NULL, *word = strtok_r(line, space, &rest), *name = strtok_r(NULL, space, &rest);

    *ret_name = name;
    if (name && strtok_r(NULL, space, &rest))
        return SHELL_UNCLEAR;
    if (!word)
        return SHELL_KEEP_BRANCH;
    if (!name && (strcmp(word, "delete") == 0 || strcmp(word, "no") == 0))
        return SHELL_DELETE;
    if (!name && (strcmp(word, "l") == 0 || strcmp(word, "list") == 0))
        return SHELL_LIST;
    if (strcmp(word, "b") == 0 || strcmp(word, "branch") == 0)
        return SHELL_KEEP_BRANCH;
    if (name && (strcmp(word, "i") == 0 || strcmp(word, "image") == 0))
        return SHELL_KEEP_IMAGE;
    return SHELL_UNCLEAR;
}

/* ---- acting on the branch */

static int keep_as_branch(struct store *s, const char *branch, const char *name)
{
    struct err err = {""};

    if (name && strcmp(name, branch) != 0) {
        if (store_branch_check_name(name, &err) < 0)
            return cli_fail(&err);
        if (branch_rename_one(s, branch, name) != STATUS_DONE)
            return STATUS_FAILED;
    }
    cli_notef("kept as branch %s", name ? name : branch);
    return STATUS_DONE;
}

static int keep_as_image(struct store *s, const char *branch, const char *name)
{
    const struct commit_options commit = {.branch = branch, .name = name, .taken = TX_NAME_ASKS};
    char digest[DIGEST_STRING_MAX];
    struct commit_result result;
    struct err err = {""};

    if (reference_check(name, &err) < 0 || commit_run(s, &commit, false, &result, &err) < 0)
        return interrupt_status() ? cli_failf("interrupted; no image %s was created", name) : cli_fail(&err);
    commit_tell_replaced(&commit, &result);
    cli_notef("kept as image %s, %s", name, digest_string(&result.manifest, digest));
    return branch_remove_one(s, branch);
}

/* ---- the list and the question */

static int list(const struct branch_changes *c, size_t max)
{
    int r = 0;

    for (size_t i = 0; i < c->n && i < max && r == 0; i++)
        r = branch_change_print(&c->list[i], 0);
    if (c->n > max)
        printf("... and %zu more\n", c->n - max);
    return cli_output_status(fflush(stdout) == 0 ? r : -1);
}

/* A signal must interrupt the wait for an answer. */
static void let_signals_interrupt(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (sigaction(signals[i], NULL, &action) == 0) {
            action.sa_flags &= ~SA_RESTART;
            sigaction(signals[i], &action, NULL);
        }
    }
}

/* Asks until an answer is valid and carried out. End of input, a signal and a closed terminal are no
 * answers. */
static int ask(struct store *s, const char *branch, const struct branch_changes *c)
{
    cleanup_free char *line = NULL;
    const char *name;
    size_t size = 0;

    let_signals_interrupt();
    for (;;) {
        fputs("Keep it? (Enter, b [NAME]: as a branch, i NAME: as an image, l: list all, delete: do not) ",
              stderr);
        fflush(stderr);
        if (interrupt_status() || getline(&line, &size, stdin) < 0) {
            fputc('\n', stderr);
            return keep_as_branch(s, branch, NULL);
        }
        switch (shell_answer_parse(line, &name)) {
        case SHELL_DELETE:
            return branch_remove_one(s, branch);
        case SHELL_LIST:
            list(c, c->n);
            break;
        case SHELL_KEEP_BRANCH:
            if (keep_as_branch(s, branch, name) == STATUS_DONE)
                return STATUS_DONE;
            break;
        case SHELL_KEEP_IMAGE:
            if (keep_as_image(s, branch, name) == STATUS_DONE)
                return STATUS_DONE;
            break;
        case SHELL_UNCLEAR:
            fputs("Please answer with one of these.\n", stderr);
            break;
        }
    }
}

static int decide(struct store *s, const char *branch, const struct branch_changes *c)
{
    bool can_ask = !interrupt_status() && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);

    if (c->n == 0)
        return branch_remove_one(s, branch);
    if (list(c, can_ask ? FEW : c->n) == STATUS_DONE && can_ask)
        return ask(s, branch, c);
    return keep_as_branch(s, branch, NULL);
}

int shell_end(struct store *s, const char *branch, bool made_for_it)
{
    struct branch_changes c;
    struct err err = {""};

    if (branch_changes_read(s, branch, &c, &err) < 0) {
        cli_fail(&err);
        cli_notef("the changes are in branch %s", branch);
        return STATUS_FAILED;
    }
    int status = made_for_it ? decide(s, branch, &c) : list(&c, c.n);
    branch_changes_free(&c);
    return status;
}
