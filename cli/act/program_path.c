/* SPDX-License-Identifier: Apache-2.0 */
#include "act/program_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cleanup.h"

char *program_find(const char *name)
{
    const char *path = getenv("PATH");
    cleanup_free char *copy = strdup(path ? path : "/usr/bin:/bin");
    char *rest = copy, *file = NULL;

    for (const char *dir; rest && (dir = strsep(&rest, ":"));) {
        if (*dir != '/' || asprintf(&file, "%s/%s", dir, name) < 0)
            continue;
        if (access(file, X_OK) == 0)
            return file;
        free(file);
    }
    return NULL;
}
