/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of an OCI runtime bundle (runtime-spec 1.0), made of an image's config by the rules of the
 * image-spec's conversion.md, and of what is wished. Pure: records in, text out.
 *
 * The container is shut off as other tools' are: namespaces of its own, few capabilities, calls that a
 * container has no use for refused, parts of /proc and /sys hidden.
 */
#ifndef MICA_BUNDLE_SPEC_H
#define MICA_BUNDLE_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/places.h"
#include "bundle/user.h"
#include "bundle/wish.h"
#include "image/manifest.h"
#include "os/err.h"

/* Ids of the container and of where the runtime is started. */
struct bundle_ids {
    uint32_t container, host, n;
};

struct bundle_spec {
    const struct image_config *config;
    int stop_signal; /* its StopSignal; 0: none */
    const struct bundle_wish *wish;
    json_t *seccomp;                    /* the filter; borrowed */
    const struct bundle_places *places; /* found for this image and wish */
    const struct bundle_user *user;
    const char *hostname;
    const char *root;  /* path of the root file system */
    const char *files; /* directory of the files for BUNDLE_FILES */
    const char *shell; /* a static program to be had as BUNDLE_SHELL, or NULL */
    /* The container gets a user namespace with these; none: it gets none. */
    const struct bundle_ids *uids, *gids;
    size_t n_uids, n_gids;
    /* Limits of processes, 0 for none: for the runtime, by a control group; and of each user's, by a resource
     * limit, which the kernel does not hold root of the machine to. */
    uint64_t pids, nproc;
    bool in_space; /* the runtime is started in a user namespace: it may not do all that root may */
    bool by_user;  /* it is started by an ordinary user: runc then takes no groups */
    /* The container is given the machine's own device nodes, and its root is their owner: it is not to change
     * them. */
    bool host_devices;
    bool single_id; /* there is just one user and group in the container */
};

/* What the processes of a container can have, within its namespaces. */
bundle_caps bundle_spec_caps(const struct bundle_wish *w);

/* The places of a shell and of a process 1 of the host's. */
#define BUNDLE_SHELL "/dev/.mica/sh"
#define BUNDLE_INIT  "/dev/.mica/init"

/* Fresh memory. -EINVAL with a line for what cannot be run so. */
int bundle_spec_make(const struct bundle_spec *s, char **ret, size_t *ret_len, struct err *err);

/* What the runtime mounts below the root and must find there: paths in fresh memory, ending with NULL, a
 * trailing slash for directories. A volume's type is its source's, so `is_dir` tells it. */
int bundle_spec_points(const struct bundle_spec *s, bool (*is_dir)(const char *source), char ***ret);
void bundle_points_free(char **points);

#endif
