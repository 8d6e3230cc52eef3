/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_arg.h"
#include "command/options.h"
#include "screen/screen.h"

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    cleanup_image_arg struct image_arg b = {0};
    int status;

    options_init(&o, cli, argc, argv);
    while (options_next(&o) > 0)
        ;
    if (options_operands(&o, 1, 2, "IMAGE [IMAGE]") < 0)
        return o.status;
    status = screen_check();
    if (status == STATUS_DONE)
        status = image_arg_find(cli, o.argv[0], &a);
    if (status == STATUS_DONE && o.argc > 1)
        status = image_arg_find(cli, o.argv[1], &b);
    if (status != STATUS_DONE)
        return status;
    return screen_show(&a, o.argc > 1 ? &b : NULL,
                       (const char *const[]){o.argv[0], o.argc > 1 ? o.argv[1] : NULL});
}

const struct verb verb_explore = {
    .name = "explore",
    .summary = "look through an image's layers and files on the terminal, or compare two images",
    .synopsis = "IMAGE [IMAGE]",
    .about =
        "Shows the layers with their sizes, the bytes of each that later layers hide, and commands; and the tree\n"
        "as it is after the chosen layer, with what the layer, or a range of layers, added (A), changed (C), changed\n"
        "in metadata alone (M) and removed (D). Of two images it shows the second and how it differs from the first.\n"
        "Keys are those of dive and vi; ? lists them. The mouse works.\n",
    .examples = "mica explore app:1\n"
                "mica explore app:1 app:2\n"
                "PAGER='less -S' mica explore oci:/srv/images:app\n",
    .run = run,
};
