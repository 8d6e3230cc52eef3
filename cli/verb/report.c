/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "act/image_arg.h"
#include "act/text_out.h"
#include "command/options.h"
#include "report/report.h"
#include "show/differs.h"
#include "show/size.h"

enum {
    TOP_DEFAULT = 25,
};

static const struct verb_option options[] = {
    {'o', "output", "FILE", "where the page goes; - is standard output, the default unless it is a terminal"},
    {'n', "top", "N", "entries of each list (25)"},
    {'i', "ignore", "WORD,...",
     "of two images: what may differ: mtime, mode, owner, xattrs, content, target, device, type"},
    {'q', "quiet", NULL, "do not show what is being done"},
    {0, NULL, NULL, NULL},
};

/* On a terminal, replaces the line. */
static void show_step(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "\r\033[K%s ...", text);
}

static int make(const struct image_arg *a, const struct image_arg *b, struct report_options *o,
                const char *path, bool quiet)
{
    const struct report_image first = {a->store, &a->image}, second = {b->store, &b->image};
    bool steps = !quiet && isatty(STDERR_FILENO);
    cleanup_buf struct buf page = BUF_INIT;
    struct err err = {""};

    o->step = steps ? show_step : NULL;
    int r = report_make(&first, b->store ? &second : NULL, o, &page, &err);
    if (steps)
        fputs("\r\033[K", stderr);
    if (r == 0)
        r = text_out(path, page.data, page.len, &err);
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}

static int take_option(struct options *o, int c, struct report_options *ret)
{
    uint64_t n = 0;

    if (c == 'n') {
        if (number_parse(o->value, &n) < 0 || n > REPORT_TOP_MAX)
            return options_bad(o, "--top takes a number up to %d", REPORT_TOP_MAX);
        ret->top = (size_t)n;
    } else if (c == 'i' && differs_list(o->value, &ret->ignored) < 0) {
        return options_bad(o, DIFFERS_LIST_TOLD, o->value);
    }
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct report_options report = {.top = TOP_DEFAULT};
    cleanup_image_arg struct image_arg a = {0};
    cleanup_image_arg struct image_arg b = {0};
    const char *path = NULL;
    struct options o;
    bool quiet = false;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        quiet |= c == 'q';
        path = c == 'o' ? o.value : path;
        take_option(&o, c, &report);
    }
    if (options_operands(&o, 1, 2, "IMAGE, or A B") < 0)
        return o.status;
    if (!path && isatty(STDOUT_FILENO))
        return cli_usagef(cli, "a page is not written to a terminal: -o FILE.html");
    if (report.ignored && o.argc < 2)
        return cli_usagef(cli, "--ignore is for two images");
    status = image_arg_find(cli, o.argv[0], &a);
    if (status == STATUS_DONE && o.argc == 2)
        status = image_arg_find(cli, o.argv[1], &b);
    return status == STATUS_DONE ? make(&a, &b, &report, path ? path : "-", quiet) : status;
}

const struct verb verb_report = {
    .name = "report",
    .summary = "make a page about an image: map, layers, waste, differences",
    .synopsis = "[--top N] [--quiet] [-o FILE] IMAGE\n[--top N] [--ignore WORD,...] [--quiet] [-o FILE] A B",
    .about =
        "Makes one HTML page that needs no network and no other file: the layers with their waste, a map of the\n"
        "image by size in the colours of its layers, the largest files and directories, what is shipped and\n"
        "hidden, the config; of two images also how B differs from A, as `mica diff A B` tells it. The page can be\n"
        "read without JavaScript and used by keyboard, and nothing of the image runs in it. The same images give\n"
        "the same bytes. FILE appears whole or not at all, and takes the place of a file that is there.\n",
    .options = options,
    .examples = "mica report app:1 -o app.html\n"
                "mica report --ignore mtime -o today.html oci:yesterday oci:today\n"
                "mica report app:1 | gzip > app.html.gz\n",
    .run = run,
};
