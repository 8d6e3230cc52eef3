/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options: any text is taken or refused with a line, and what was taken keeps its promises. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/cleanup.h"
#include "union/mount_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void require_no_empty(const struct text_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        require(l->items[i][0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = strndup((const char *)data, size);
    struct mount_options o = {0};
    struct err err = {""};

    if (!text)
        return 0;
    if (mount_options_parse(&o, text, &err) == 0) {
        require(o.lowers.n <= MOUNT_OPTIONS_MAX_LOWERS);
        require_no_empty(&o.lowers);
        require_no_empty(&o.passed);
        require_no_empty(&o.unknown);
        require(!o.image || o.image[0]);
        require(isfinite(o.timeout) && o.timeout >= 0);
        require(o.max_idle_threads <= MOUNT_OPTIONS_MAX_THREADS);
        if (mount_options_check(&o, &err) < 0)
            require(err.text[0] != '\0');
        else
            require(!o.upperdir == !o.workdir &&
                    (!mount_options_metacopy(&o) || mount_options_redirect_dir(&o)));
    } else {
        require(err.text[0]);
    }
    mount_options_clear(&o);
    return 0;
}
