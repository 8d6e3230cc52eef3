/* SPDX-License-Identifier: Apache-2.0 */
/* --also: passes the stores in the environment, so that the daemons that mica starts use them too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/verb.h"
#include "os/cleanup.h"

int cli_also(const struct cli *cli, const char *dir)
{
    cleanup_free char *path = realpath(dir, NULL), *all = NULL;
    const char *before = getenv("MICA_ALSO");

    if (!*dir || strchr(path ? path : dir, ':'))
        return cli_usagef(cli, "--also: the path of a store is not empty, and has no colon: \"%s\"", dir);
    if (asprintf(&all, "%s%s%s", before && *before ? before : "", before && *before ? ":" : "",
                 path ? path : dir) < 0 ||
        setenv("MICA_ALSO", all, 1) < 0)
        return cli_failf("--also: out of memory");
    return STATUS_DONE;
}
