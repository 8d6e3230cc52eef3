/* SPDX-License-Identifier: Apache-2.0 */
#include "act/branch_size.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/cleanup.h"
#include "os/disk_usage.h"

int branch_size(struct store *s, const char *name, uint64_t *ret)
{
    cleanup_free char *path = NULL;

    *ret = 0;
    if (asprintf(&path, "%s/branches/%s/upper", store_path(s), name) < 0)
        return -ENOMEM;
    return disk_usage(path, ret);
}
