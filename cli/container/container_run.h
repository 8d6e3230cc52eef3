/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container from start to end, with nothing left behind.
 *
 *   mica     stays outside: holds the caller's streams, receives the signals, and forwards both
 *   monitor  (run_monitor) in its own mount namespace, and user namespace for an ordinary user: mounts the
 *            image, writes the bundle, cleans up
 *   micafs   serves the mount; ends when the monitor ends
 *   init     (run_init) process 1 of a pid namespace: starts the runtime and waits for the container; at
 *            its end the kernel kills every remaining process of the container
 *
 * The mount and the bundle's files (in a tmpfs) are visible in these namespaces only and vanish with them,
 * even if a process is killed. micafs removes a temporary branch, or else the next process that scans the
 * store.
 */
#ifndef MICA_CONTAINER_CONTAINER_RUN_H
#define MICA_CONTAINER_CONTAINER_RUN_H

#include "act/image_arg.h"
#include "container/container.h"
#include "container/runtime.h"

enum {
    STATUS_RUN_FAILED = 125, /* failure of mica or the runtime, not of the command */
};

struct container_run {
    struct store *store;
    const struct image *image;
    const char *image_word; /* the image as named on the command line, for micafs */
    struct container_options *options;
    struct runtime runtime;
    const char *shell;       /* shell of this machine for BUNDLE_SHELL; or NULL */
    const char *branch_make; /* value of micafs's option branch_make */
    bool tell_branch;        /* print the branch's name on standard error first */
};

/* Run the container. Returns the command's exit status (128 + N when signal N killed it), or
 * STATUS_RUN_FAILED, 126 or 127 after an error message. */
int container_run(const struct container_run *run);

/* Convert an exit status of mica's to STATUS_RUN_FAILED; the status of an interruption stays.
 * (container_start.c) */
int container_status(int status);

/* Run an image with the runtime and branch from `options`; both are found or generated here (sets
 * options->branch). `shell` as above; `tell_branch`: print the name of a new branch that is kept.
 * (container_start.c) */
int container_run_image(struct image_arg *a, struct container_options *options, const char *shell,
                        bool tell_branch);

#endif
