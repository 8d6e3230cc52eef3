/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by run, shell and bundle: their options, and the conversion of a mounted root and a directory into a
 * bundle for the runtime. The options: container_options.c. Files of the bundle: container_write.c.
 */
#ifndef MICA_CONTAINER_CONTAINER_H
#define MICA_CONTAINER_CONTAINER_H

#include <stdbool.h>

#include "act/id_ranges.h"
#include "bundle/mount_points.h"
#include "bundle/spec.h"
#include "command/options.h"
#include "disk/store.h"

struct container_options {
    struct bundle_wish wish;  /* the lists belong to this structure */
    size_t n_env, n_file_env; /* number of variables; the first n_file_env come from files */
    size_t n_hosts;
    bundle_caps add, drop;
    const char *branch;  /* NULL: none given */
    const char *runtime; /* NULL: the first one found */
    bool remove;         /* --rm */
    bool named;          /* --name: `branch` must be new */
    bool interactive, quiet;
    char branch_made_up[STORE_BRANCH_NAME_MAX + 1];
};
void container_options_free(struct container_options *c);

/* Ids of long options without a short form. */
enum {
    CONTAINER_RM = 256,
    CONTAINER_BRANCH,
    CONTAINER_READ_ONLY,
    CONTAINER_ENTRYPOINT,
    CONTAINER_HOSTNAME,
    CONTAINER_NETWORK,
    CONTAINER_PIDS_LIMIT,
    CONTAINER_RUNTIME,
    CONTAINER_ENV_FILE,
    CONTAINER_MOUNT,
    CONTAINER_TMPFS,
    CONTAINER_DEVICE,
    CONTAINER_CAP_ADD,
    CONTAINER_CAP_DROP,
    CONTAINER_ULIMIT,
    CONTAINER_ADD_HOST,
    CONTAINER_INIT,
    CONTAINER_NAME,
};
/* Help lines for a verb's option table. */
#define CONTAINER_OPTIONS                                                                                    \
    {'e', "env", "NAME[=VALUE]", "set a variable; without a value, copy it from the environment"},           \
        {CONTAINER_ENV_FILE, "env-file", "FILE", "set the variables of a file, one NAME[=VALUE] per line"},  \
        {'v', "volume", "DIR:PATH[:ro]", "bind-mount a directory or file of this machine on PATH"},          \
        {CONTAINER_MOUNT, "mount", "type=TYPE,...",                                                          \
         "as -v: type=bind,src=DIR,dst=PATH[,ro]; or type=tmpfs"},                                           \
        {CONTAINER_TMPFS, "tmpfs", "PATH[:OPTION,...]", "mount a tmpfs on PATH: size=64m, mode=700"},        \
        {CONTAINER_DEVICE, "device", "NODE[:PATH]", "add a device of this machine"},                         \
        {'w', "workdir", "PATH", "the working directory"},                                                   \
        {'u', "user", "USER[:GROUP]", "run as this user: names in the image, or numbers"},                   \
        {CONTAINER_ENTRYPOINT, "entrypoint", "PROGRAM",                                                      \
         "run this program instead of the image's entrypoint"},                                              \
        {CONTAINER_HOSTNAME, "hostname", "NAME", "host name of the container"},                              \
        {CONTAINER_ADD_HOST, "add-host", "NAME:ADDRESS", "add a line to /etc/hosts"},                        \
        {CONTAINER_CAP_ADD, "cap-add", "NAME,...", "add capabilities (NET_RAW; ALL)"},                       \
        {CONTAINER_CAP_DROP, "cap-drop", "NAME,...", "drop capabilities"},                                   \
        {CONTAINER_ULIMIT, "ulimit", "NAME=SOFT[:HARD]", "set a resource limit: nofile=1024"},               \
        {CONTAINER_INIT, "init", NULL, "run an init that forwards signals and reaps orphans"},               \
        {CONTAINER_NETWORK, "network", "none|host", "no network (the default), or this machine's"},          \
        {CONTAINER_PIDS_LIMIT, "pids-limit", "N",                                                            \
         "limit of processes and threads (2048); 0 or -1: unlimited"},                                       \
        {CONTAINER_BRANCH, "branch", "NAME", "keep changes in this branch, created if missing"},             \
        {CONTAINER_NAME, "name", "NAME", "name of the new branch; it must not exist"},                       \
    {                                                                                                        \
        CONTAINER_READ_ONLY, "read-only", NULL, "make the root read-only, except /tmp, /var/tmp and /run"    \
    }

/* Process one of these options (or i, t, CONTAINER_RM, CONTAINER_RUNTIME). Returns -1 after options_bad,
 * which reports wrong values and lack of memory. */
int container_option(struct container_options *c, struct options *o, int letter);
/* Check the combination of options; call it after the last option. -1 after options_bad. */
int container_options_check(struct container_options *c, struct options *o);
/* Set the branch's name; generate one if none is given. */
int container_name_branch(struct container_options *c, struct store *s, struct err *err);
/* Value for micafs's option branch_make. */
const char *container_branch_make(const struct container_options *c);
bool container_branch_exists(struct store *s, const char *name);

/* Enforcement of the process limit: a cgroup that the container is already in, a cgroup that the runtime
 * makes, or the kernel's limit for each user. */
enum container_pids { PIDS_IN_GROUP, PIDS_BY_RUNTIME, PIDS_BY_USER };

/* Bundle directory: config.json and the sources of /etc/hosts and similar files. */
struct container_dir {
    const char *path; /* absolute */
    const char *root; /* the mounted root file system, absolute */
    const struct image *image;
    const struct bundle_wish *wish;
    const char *name;            /* host name, unless --hostname gives one */
    const char *shell;           /* this and the following as in struct bundle_spec */
    const struct id_ranges *ids; /* NULL: no user namespace */
    bool in_space, by_user, single_id;
    enum container_pids pids;
    bool host_devices;
    const int *record; /* record for bundle_dir_note of new files; NULL: none */
};
/* Write the bundle's files. `points`: creates the mount points, which the caller removes afterwards; NULL
 * leaves them to the runtime. */
int container_write(const struct container_dir *d, struct mount_points **points, struct err *err);

#endif
