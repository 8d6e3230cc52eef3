/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a repair has made in its transaction. */
#include <errno.h>
#include <stdio.h>

#include "verify/repair.h"

void repair_name(struct repair *re, const char *kind, char ret[REPAIR_NAME_MAX])
{
    static _Atomic unsigned number;

    (void)re;
    snprintf(ret, REPAIR_NAME_MAX, "%s-%u", kind, number++);
}

int repair_made(struct repair *re, const struct verify_finding *f, const char *name, struct err *err)
{
    static const enum object_kind kinds[] = {
        [VERIFY_BLOB] = OBJECT_BLOB, [VERIFY_LAYER] = OBJECT_LAYER, [VERIFY_TREE] = OBJECT_TREE};
    int r = 0;

    if (name && f->object == VERIFY_BLOB)
        r = tx_add_blob(re->tx, name, &f->digest);
    else if (name && f->object == VERIFY_LAYER)
        r = tx_add_layer(re->tx, name, &f->digest);
    else if (name)
        r = tx_add_tree(re->tx, name, &f->digest);
    if (r == 0)
        r = tx_replace(re->tx, kinds[f->object], &f->digest);
    if (r < 0)
        return err_errno(err, -r, "cannot keep it");
    re->n_objects++;
    return 1;
}
