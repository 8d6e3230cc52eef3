/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "image/manifest.h"
#include "os/cleanup.h"

int stack_of_tree(const struct index *ix, const struct digest *chain_id, struct stack *ret, struct err *err)
{
    uint32_t n = index_layers(ix);
    cleanup_free struct digest *ids = calloc((size_t)n + 1, sizeof *ids);
    struct digest chain;

    if (!ids)
        return -ENOMEM;
    if (n > MANIFEST_MAX_LAYERS)
        return err_set(err, EUCLEAN, "its table of layers is damaged");
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *bytes;
        size_t len;

        if (index_layer(ix, i, &bytes, &len) < 0 || digest_from_bytes(bytes, len, &ids[i]) < 0)
            return err_set(err, EUCLEAN, "its table of layers is damaged");
    }
    if (digest_chain(ids, n, &chain) < 0)
        return -ENOMEM;
    if (!digest_equal(&chain, chain_id))
        return err_set(err, EUCLEAN, "it has other layers than its name");
    *ret = (struct stack){steal_ptr(&ids), n};
    return 0;
}

void stack_free(struct stack *s)
{
    free(s->ids);
    *s = (struct stack){NULL, 0};
}
