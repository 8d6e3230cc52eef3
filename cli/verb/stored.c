/* SPDX-License-Identifier: Apache-2.0 */
/* mica manifest and mica config: print the two blobs that describe an image, as stored. */
#include "act/image_arg.h"
#include "command/options.h"
#include "show/text.h"

static int print(struct cli *cli, int argc, char **argv, bool config)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};

    options_init(&o, cli, argc, argv);
    while (options_next(&o) > 0)
        ;
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    if (status)
        return status;
    return cli_output_status(config ? text_put_stored(stdout, a.image.config_json, a.image.config_len)
                                    : text_put_stored(stdout, a.image.manifest_json, a.image.manifest_len));
}

static int run_manifest(struct cli *cli, int argc, char **argv)
{
    return print(cli, argc, argv, false);
}

static int run_config(struct cli *cli, int argc, char **argv)
{
    return print(cli, argc, argv, true);
}

const struct verb verb_manifest = {
    .name = "manifest",
    .summary = "print the manifest of an image, unchanged",
    .synopsis = "IMAGE",
    .about =
        "Prints the manifest byte for byte: its sha256sum(1) is the digest of the image. On a terminal,\n"
        "characters that could act on it are escaped.\n",
    .examples = "mica manifest debian:12 | sha256sum\n"
                "mica manifest app:1 | jq '.layers[].size'\n",
    .run = run_manifest,
};

const struct verb verb_config = {
    .name = "config",
    .summary = "print the config of an image, unchanged",
    .synopsis = "IMAGE",
    .about =
        "Prints the config byte for byte: its sha256sum(1) is the digest in the manifest. On a terminal,\n"
        "characters that could act on it are escaped.\n",
    .examples = "mica config debian:12 | jq .config.Env\n"
                "mica config app:1 | sha256sum\n",
    .run = run_config,
};
