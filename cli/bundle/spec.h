/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of an OCI runtime bundle (runtime-spec 1.0), converted from an image's config by the rules of
 * the image-spec's conversion.md and from the user's wishes. Pure: records in, text out.
 *
 * Isolation is that of other tools: namespaces, few capabilities, a seccomp filter, masked parts of /proc and
 * /sys.
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

/* Range of ids in the container and in the runtime's user namespace. */
struct bundle_ids {
    uint32_t container, host, n;
};

struct bundle_spec {
    const struct image_config *config;
    int stop_signal; /* the image's StopSignal; 0: none */
    const struct bundle_wish *wish;
    json_t *seccomp;                    /* seccomp filter; borrowed */
    const struct bundle_places *places; /* resolved for this image and wish */
    const struct bundle_user *user;
    const char *hostname;
    const char *root;  /* path of the root file system */
    const char *files; /* directory with the files for BUNDLE_FILES */
    const char *shell; /* static program to mount at BUNDLE_SHELL, or NULL */
    /* Id maps of the container's user namespace; none: no user namespace. */
    const struct bundle_ids *uids, *gids;
    size_t n_uids, n_gids;
    /* Limits of processes, 0 for none: `pids` by a cgroup of the runtime's, `nproc` by RLIMIT_NPROC for each
     * user, which does not bind the machine's root. */
    uint64_t pids, nproc;
    bool in_space; /* the runtime starts in a user namespace and lacks some of root's rights */
    bool by_user;  /* an ordinary user starts the runtime: runc then accepts no groups */
    /* The container gets the machine's own device nodes, and its root owns them: it must not change them. */
    bool host_devices;
    bool single_id; /* the container has one user and one group id only */
};

/* Capabilities of the container's processes, valid within its namespaces. */
bundle_caps bundle_spec_caps(const struct bundle_wish *w);

/* Mount points for the host's static shell and init. */
#define BUNDLE_SHELL "/dev/.mica/sh"
#define BUNDLE_INIT  "/dev/.mica/init"

/* Build config.json in fresh memory. -EINVAL with a line for a combination that cannot run. */
int bundle_spec_make(const struct bundle_spec *s, char **ret, size_t *ret_len, struct err *err);

/* List the mount points that the runtime needs below the root: paths in fresh memory, ending with NULL, a
 * trailing slash for directories. `is_dir` tells the type of a volume's source. */
int bundle_spec_points(const struct bundle_spec *s, bool (*is_dir)(const char *source), char ***ret);
void bundle_points_free(char **points);

#endif
