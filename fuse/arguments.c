/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG_READY_FD = 256,
    LONG_CHANGES,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"foreground", no_argument, NULL, 'f'},
    {"debug", no_argument, NULL, 'd'},
    {"ready-fd", required_argument, NULL, LONG_READY_FD},
    {"changes", required_argument, NULL, LONG_CHANGES},
    {NULL, 0, NULL, 0},
};

static int parse_fd(const char *text, int *ret, struct err *err)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 3 || n > INT_MAX)
        return err_set(err, EINVAL, "--ready-fd %s: not the number of a descriptor above 2", text);
    *ret = (int)n;
    return 0;
}

static int parse_form(const char *text, struct arguments *a, struct err *err)
{
    static const char *const forms[] = {
        [CHANGES_LIST] = "list", [CHANGES_LAYER] = "layer", [CHANGES_WHOLE] = "whole"};

    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(text, forms[i]) != 0)
            continue;
        a->action = ACTION_CHANGES;
        a->form = (enum changes_form)i;
        return 0;
    }
    return err_set(err, EINVAL, "--changes=%s: not list, layer or whole", text);
}

static int take_option(int option, char **argv, struct arguments *a, struct err *err)
{
    switch (option) {
    case 'o':
        return mount_options_parse(&a->options, optarg, err);
    case 'f':
        a->foreground = true;
        return 0;
    case 'd':
        a->options.debug = true;
        return 0;
    case 's':
        a->options.threaded = false;
        return 0;
    case 'h':
        a->action = ACTION_HELP;
        return 0;
    case 'V':
        a->action = ACTION_VERSION;
        return 0;
    case LONG_READY_FD:
        return parse_fd(optarg, &a->ready_fd, err);
    case LONG_CHANGES:
        return parse_form(optarg, a, err);
    case ':':
        return err_set(err, EINVAL, "%s needs a value (micafs --help)", argv[optind - 1]);
    default:
        return err_set(err, EINVAL, "unknown option %s (micafs --help)", argv[optind - 1]);
    }
}

static bool is_mount8_helper(const char *program)
{
    const char *slash = strrchr(program, '/');

    return strncmp(slash ? slash + 1 : program, "mount.", strlen("mount.")) == 0;
}

/* mount.fuse3(8) passes SOURCE MOUNTPOINT -o OPTIONS, with options that begin with rw or ro and end with suid
 * or dev, which nobody asked for. The same words from another caller are treated alike. */
static bool is_mount_fuse(int argc, char **argv)
{
    const char *options = argc == 5 && strcmp(argv[3], "-o") == 0 ? argv[4] : "", *last;

    if (strncmp(options, "rw,", 3) != 0 && strncmp(options, "ro,", 3) != 0)
        return false;
    last = strrchr(options, ',') + 1;
    return strcmp(last, "suid") == 0 || strcmp(last, "dev") == 0;
}

/* Handle an option of mount(8) that has another meaning in micafs's own command line. */
static int take_mount8_option(int option, char **argv, struct arguments *a, struct err *err)
{
    switch (option) {
    case 'o':
        return mount_options_parse(&a->options, optarg, err);
    case 'f':
        a->fake = true;
        return 0;
    case 's':
        a->sloppy = true;
        return 0;
    case 'N':
        a->namespace = optarg;
        return 0;
    case 'n': /* there is no mtab */
    case 't': /* there is one type */
    case 'v':
        return 0;
    case ':':
        return err_set(err, EINVAL, "-%c needs a value", optopt);
    default:
        return err_set(err, EINVAL,
                       "unknown option %s: mount(8) gives SPEC DIR [-sfnv] [-N NS] [-o OPTIONS] [-t TYPE]",
                       argv[optind - 1]);
    }
}

/* [SOURCE] MOUNTPOINT */
static int take_operands(int n, char **operands, struct arguments *a, struct err *err)
{
    if (n < 1 || n > 2)
        return err_set(err, EINVAL, "usage: micafs [IMAGE] MOUNTPOINT [-o OPTIONS] (micafs --help)");
    if (a->options.owner_said && !a->options.remount)
        return err_set(err, EINVAL, "options user_id and group_id: a mount is of the user who mounts");
    if (a->options.remount && a->ready_fd >= 0)
        return err_set(err, EINVAL, "option remount is for mount(8): mount -o remount,... %s",
                       operands[n - 1]);
    a->mountpoint = operands[n - 1];
    a->source = n == 2 ? operands[0] : NULL;
    /* The source is an image, unless directories are mounted: then it is only the name that mount(8)
     * shows. */
    if (!a->source || !strcmp(a->source, "none") || a->options.image || a->options.lowers.n > 0)
        return 0;
    a->options.image = strdup(a->source);
    return a->options.image ? 0 : err_errno(err, ENOMEM, "arguments");
}

int arguments_parse(int argc, char **argv, struct arguments *ret, struct err *err)
{
    int option, r;

    *ret = (struct arguments){.ready_fd = -1, .by_mount8 = argc > 0 && is_mount8_helper(argv[0])};
    ret->by_mount_fuse = is_mount_fuse(argc, argv);
    opterr = 0;
    optind = 0;
    while ((option = ret->by_mount8 ? getopt(argc, argv, ":o:t:N:sfnv")
                                    : getopt_long(argc, argv, ":o:fdshV", long_options, NULL)) != -1) {
        r = ret->by_mount8 ? take_mount8_option(option, argv, ret, err) : take_option(option, argv, ret, err);
        if (r < 0)
            return r;
    }
    if (ret->action == ACTION_CHANGES && !ret->options.branch)
        return err_set(err, EINVAL, "--changes wants -o branch=NAME");
    if (ret->action != ACTION_MOUNT)
        return 0;
    if (ret->options.debug)
        ret->foreground = true;
    return take_operands(argc - optind, argv + optind, ret, err);
}

void arguments_clear(struct arguments *a)
{
    mount_options_clear(&a->options);
}
