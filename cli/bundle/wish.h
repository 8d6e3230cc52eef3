/* SPDX-License-Identifier: Apache-2.0 */
/* User's wishes for a container, beyond the image's config. All of it is borrowed. */
#ifndef MICA_BUNDLE_WISH_H
#define MICA_BUNDLE_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/capabilities.h"

enum bundle_volume_kind {
    VOLUME_BIND,   /* a directory or file of the host */
    VOLUME_DEVICE, /* a device of the host, or a directory of devices: mounted read-only, which leaves them
                    * usable */
    VOLUME_TMPFS,  /* a tmpfs that starts with the image's content at the path */
};

struct bundle_volume {
    char *source, *destination; /* absolute; a tmpfs has no source */
    bool read_only;
    bool is_file; /* nothing can be mounted beneath it */
    enum bundle_volume_kind kind;
    char *options; /* of a tmpfs, separated by commas; NULL: none */
};

/* Resource limit under its name in config.json; RLIM_INFINITY: unlimited. */
struct bundle_rlimit {
    const char *type;
    uint64_t soft, hard;
};

struct bundle_wish {
    char **command;         /* ends with NULL; NULL or empty: the image's */
    const char *entrypoint; /* a program, or a JSON array of words; NULL: the image's, "": none */
    char **env;             /* NAME=VALUE, ends with NULL; NULL: none */
    const char *workdir;    /* NULL: the image's, like the next */
    const char *user;       /* USER[:GROUP], names or numbers */
    const char *hostname;
    bool tty, read_only, host_network;
    struct bundle_volume *volumes;
    size_t n_volumes;
    bool has_caps;             /* use `caps` in place of the default capabilities */
    bundle_caps caps, ambient; /* `ambient`: kept by users other than root, too */
    struct bundle_rlimit *rlimits;
    size_t n_rlimits;
    char **hosts;       /* lines of /etc/hosts, ends with NULL; NULL: none */
    const char *init;   /* static program of the host for process 1; NULL: none */
    int64_t pids_limit; /* processes and threads; 0: default, negative: unlimited */
};
#define BUNDLE_TMPFS_OPTIONS_MAX 16
#define BUNDLE_PIDS_LIMIT        2048 /* default, as podman's */

/* Effective limit; 0: unlimited. */
static inline int64_t bundle_pids_limit(const struct bundle_wish *w)
{
    return w->pids_limit == 0 ? BUNDLE_PIDS_LIMIT : w->pids_limit < 0 ? 0 : w->pids_limit;
}

#endif
