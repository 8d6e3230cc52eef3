/* SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"

#include <errno.h>

#include "export/blobs_out.h"

int export_find(struct export *x, struct trusted *ret)
{
    int r = trusted_find(x->options->path, ret);

    return r == -EPERM ? err_set(x->err, r,
                                 "%s is behind another user's link in a directory for everybody: name a "
                                 "place of your own",
                                 x->options->path)
                       : r;
}

static int count(void *ctx, const struct digest *d, uint64_t size)
{
    struct export *x = ctx;

    (void)d;
    x->total += size;
    return 0;
}

int export_image(struct store *s, const struct export_options *o, struct err *err)
{
    struct export x = {.store = s, .options = o, .err = err};
    int r = o->name ? reference_check(o->name, err) : 0;

    if (r < 0)
        return r;
    (void)blobs_each(&x, count, &x);
    err->text[0] = '\0';
    r = o->form == SOURCE_OCI ? export_layout(&x) : export_archive(&x);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "%s", o->path) : r;
}
