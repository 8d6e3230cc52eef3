/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "act/interrupt.h"
#include "container/container_run.h"

int container_status(int status)
{
    return status == STATUS_DONE || status == interrupt_status() ? status : STATUS_RUN_FAILED;
}

int container_run_image(struct image_arg *a, struct container_options *c, const char *shell, bool tell_branch)
{
    char digest[DIGEST_STRING_MAX];
    struct runtime runtime;
    struct err err = {""};

    if (runtime_find(c->runtime, &runtime, &err) < 0)
        return cli_fail(&err), STATUS_RUN_FAILED;
    store_branches_sweep(a->store);
    if (container_name_branch(c, a->store, &err) < 0) {
        free(runtime.path);
        return cli_fail(&err), STATUS_RUN_FAILED;
    }
    const struct container_run run = {
        .store = a->store,
        .image = &a->image,
        .image_word = digest_string(&a->image.manifest_digest, digest),
        .options = c,
        .runtime = runtime,
        .shell = shell,
        .branch_make = container_branch_make(c),
        .tell_branch = tell_branch && strcmp(container_branch_make(c), "new") == 0,
    };
    int status = container_run(&run);
    free(runtime.path);
    return status;
}
