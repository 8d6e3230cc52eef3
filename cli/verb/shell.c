/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/image_arg.h"
#include "act/interrupt.h"
#include "bundle/spec.h"
#include "container/container_run.h"
#include "container/static_shell.h"
#include "os/cleanup.h"
#include "tree/path_walk.h"
#include "verb/shell_end.h"

static const struct verb_option options[] = {
    {CONTAINER_RM, "rm", NULL, "discard the changes, without a question or a list"},
    CONTAINER_OPTIONS,
    {CONTAINER_RUNTIME, "runtime", "PROGRAM", "a name in PATH, or a path; the default is crun, else runc"},
    {0, NULL, NULL, NULL},
};

static bool is_program(struct tree *t, const char *path)
{
    struct tree_attr attr;
    uint64_t node;

    if (tree_walk(t, path, true, &node, &attr) < 0)
        return false;
    tree_forget(t, node, 1);
    return S_ISREG(attr.mode) && (attr.mode & 0111);
}

/* Returns the image's most comfortable shell; NULL if it has none. */
static const char *shell_of_image(struct tree *t)
{
    static const char *const known[] = {"/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh", "/bin/ash"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_program(t, known[i]))
            return known[i];
    return NULL;
}

/* Selects the shell: one of the image, or *ret_host, one of this machine that needs no files of the image. */
static int choose(const struct image_arg *a, struct container_options *c, const char **ret_host)
{
    struct tree *t = NULL;

    *ret_host = NULL;
    if (c->wish.entrypoint)
        return STATUS_DONE;
    int status = image_arg_tree(a, &t);
    if (status != STATUS_DONE)
        return status;
    c->wish.entrypoint = shell_of_image(t);
    tree_free(t);
    if (c->wish.entrypoint)
        return STATUS_DONE;
    *ret_host = static_shell_find();
    if (!*ret_host)
        return cli_failf("the image has no shell, and this machine no statically linked one: install "
                         "busybox-static, or name a program with --entrypoint");
    c->wish.entrypoint = BUNDLE_SHELL;
    cli_notef("the image has no shell; using %s of this machine", *ret_host);
    return STATUS_DONE;
}

/* Runs it and restores this process's signals; a signal to terminate is only recorded meanwhile. */
static int run_container(struct image_arg *a, struct container_options *c, const char *host_shell)
{
    sigset_t before;

    sigprocmask(SIG_SETMASK, NULL, &before);
    int status = container_run_image(a, c, host_shell, false);
    interrupt_catch();
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

static int run_shell(struct image_arg *a, struct container_options *c)
{
    char *no_words[] = {NULL};
    const char *host_shell;

    c->interactive = true;
    c->wish.command = no_words;
    c->wish.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (choose(a, c, &host_shell) != STATUS_DONE)
        return STATUS_RUN_FAILED;
    int status = run_container(a, c, host_shell);
    /* Nothing was to be changed or kept, or an earlier step failed. */
    if (c->remove || !c->branch || !container_branch_exists(a->store, c->branch) ||
        (status == STATUS_RUN_FAILED && c->branch != c->branch_made_up))
        return status;
    return shell_end(a->store, c->branch, c->branch == c->branch_made_up) == STATUS_DONE ? status
                                                                                         : STATUS_RUN_FAILED;
}

static int run(struct cli *cli, int argc, char **argv)
{
    cleanup_image_arg struct image_arg a = {0};
    struct container_options c = {0};
    struct options o;
    int status;

    options_init(&o, cli, argc, argv);
    o.value = "HISTFILE="; /* bash would save its history and thereby change the image in every session */
    container_option(&c, &o, 'e');
    for (int letter; (letter = options_next(&o)) > 0;)
        container_option(&c, &o, letter);
    if (options_operands(&o, 1, 1, "IMAGE") < 0 || container_options_check(&c, &o) < 0)
        status = container_status(o.status);
    else if ((status = image_arg_find(cli, o.argv[0], &a)) != STATUS_DONE)
        status = container_status(status);
    else
        status = run_shell(&a, &c);
    container_options_free(&c);
    return status;
}

const struct verb verb_shell = {
    .name = "shell",
    .summary = "run a shell in an image, and keep or discard its changes",
    .synopsis = "[OPTION...] IMAGE",
    .about =
        "Starts a shell in the image, like mica run: the image's bash or sh, or, if it has none, a statically\n"
        "linked one of this machine. When the shell exits, its changes are listed, and on a terminal you are asked\n"
        "whether to keep them as a branch, as an image or not at all; without a terminal they are kept as a\n"
        "branch, unless --rm is given. With --branch they are kept in that branch, without a question. The exit\n"
        "status is the shell's, or 125.\n",
    .options = options,
    .examples = "mica shell debian:12\n"
                "mica shell --network host --branch work debian:12\n"
                "mica shell -u 0 -v .:/src app:1\n"
                "echo 'apt-get --version' | mica shell --rm debian:12\n",
    .foreign = foreign_run_options,
    .run = run,
};
