/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container from its start to its end, with nothing left behind.
 *
 *   mica        stays outside: it has the caller's streams and gets the signals, and passes both on
 *   keeper      in a mount namespace of its own (and a user namespace, for an ordinary user): mounts the
 * image, writes the bundle, cleans up micafs      serves the mount; ends when the keeper does first process 1
 * of a pid namespace: starts the runtime, waits for the container. When it ends, the kernel ends all that is
 * left of the container
 *
 * What is mounted, and all files of the bundle (in a tmpfs), can be seen in these namespaces only and go with
 * them, whichever of the processes is killed; a temporary branch is removed by micafs, or by whoever looks at
 * the store next.
 */
#ifndef MICA_CONTAINER_CONTAINER_RUN_H
#define MICA_CONTAINER_CONTAINER_RUN_H

#include "act/image_arg.h"
#include "container/container.h"
#include "container/runtime.h"

enum {
    STATUS_RUN_FAILED = 125, /* of mica or the runtime, not of the command */
};

struct container_run {
    struct store *store;
    const struct image *image;
    const char *image_word; /* by which micafs finds it */
    struct container_options *options;
    struct runtime runtime;
    const char *shell;       /* of this machine, for BUNDLE_SHELL; or NULL */
    const char *branch_make; /* as micafs has it */
    bool tell_branch;        /* print its name on standard error before anything else */
};

/* Runs it. The command's exit status (128 + N when signal N ended it), or STATUS_RUN_FAILED, 126 or 127 after
 * it has been said why. */
int container_run(const struct container_run *run);

/* Errors that are mica's own, whatever the rest of mica calls them; but who was interrupted was.
 * (container_start.c) */
int container_status(int status);

/* The same of an image, with the runtime and on the branch that `options` want; both are found or made up
 * here (options->branch is set then). `shell` as above; `tell_branch` where a new one stays.
 * (container_start.c) */
int container_run_image(struct image_arg *a, struct container_options *options, const char *shell,
                        bool tell_branch);

#endif
