/* SPDX-License-Identifier: Apache-2.0 */
#include "act/branch_edit.h"

#include "command/verb.h"
#include "disk/branch.h"

int branch_remove_one(struct store *s, const char *name)
{
    struct branch_hold *h;
    struct err err = {""};

    if (store_branch_hold(s, name, &h, &err) < 0 || store_branch_remove(h, &err) < 0)
        return cli_fail(&err);
    return STATUS_DONE;
}

int branch_rename_one(struct store *s, const char *from, const char *to)
{
    struct branch_hold *h;
    struct err err = {""};

    int r = store_branch_hold(s, from, &h, &err);
    if (r == 0) {
        r = store_branch_rename(h, to, &err);
        store_branch_release(h);
    }
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}
