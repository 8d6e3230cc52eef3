/* SPDX-License-Identifier: Apache-2.0 */
/* Open a branch read-only, to show its changes: nothing is created, probed or tidied. */
#include "union/branch_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/entry.h"
#include "union/name_marks.h"
#include "union/owner.h"

/* Open a directory beside the work directory; -1 if the branch was never mounted. */
static int open_beside(const struct branch *b, const char *name, int *ret)
{
    *ret = entry_open(b->config.base_fd, name, O_RDONLY | O_DIRECTORY);
    if (*ret == -ENOENT)
        *ret = -1;
    return *ret < -1 ? *ret : 0;
}

int branch_open_to_look(const struct branch_config *config, struct branch **ret, struct err *err)
{
    struct branch *b = calloc(1, sizeof *b);
    struct stat upper;
    int r = b ? 0 : -ENOMEM;

    if (r < 0)
        return err_errno(err, ENOMEM, "branch");
    b->config = *config;
    b->config.only_looks = true;
    b->config.marks_are_names = name_marks_noted(config->upper_fd);
    b->whiteouts_are_files = true; /* unknown, so accept them */
    b->links_fd = b->aside_fd = -1;
    b->prefix = config->user_xattrs ? "user.overlay." : "trusted.overlay.";
    if (fstat(config->upper_fd, &upper) < 0)
        r = -errno;
    if (r == 0)
        r = open_beside(b, "mica-links", &b->links_fd);
    if (r == 0 && (config->user_xattrs || b->config.marks_are_names))
        r = open_beside(b, "mica-marks", &b->aside_fd);
    if (r < 0) {
        if (b->links_fd >= 0)
            close(b->links_fd);
        free(b);
        return err_errno(err, -r, "branch");
    }
    b->dev = upper.st_dev;
    owner_find(b);
    *ret = b;
    return 0;
}
