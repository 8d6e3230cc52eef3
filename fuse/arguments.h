/* SPDX-License-Identifier: Apache-2.0 */
/* Command line of micafs, in the forms that people, container engines and mount(8) use. Pure. */
#ifndef MICA_FUSE_ARGUMENTS_H
#define MICA_FUSE_ARGUMENTS_H

#include <stdbool.h>

#include "changes.h"
#include "os/err.h"
#include "union/mount_options.h"

enum action {
    ACTION_MOUNT,
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_CHANGES, /* changes.h */
};

struct arguments {
    enum action action;
    const char *mountpoint;
    const char *source; /* NULL if not given */
    bool foreground;
    bool by_mount8;         /* called as mount(8)'s helper */
    bool by_mount_fuse;     /* called by mount.fuse3(8), or in its form */
    bool fake, sloppy;      /* mount(8)'s -f and -s */
    const char *namespace;  /* file of the mount namespace to mount in (its -N), or NULL */
    int ready_fd;           /* -1: not given */
    enum changes_form form; /* for ACTION_CHANGES */
    struct mount_options options;
};

/*
 * Parses the command line. -EINVAL with a line in `err`. *ret points into argv; clear it in either case.
 *
 * Under a name that begins with "mount." (/sbin/mount.micafs, mount.fuse.micafs) micafs is mount(8)'s helper, with
 * the arguments SPEC DIR [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE].
 */
int arguments_parse(int argc, char **argv, struct arguments *ret, struct err *err);
void arguments_clear(struct arguments *a);

#endif
