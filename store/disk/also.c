/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/also.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk/config.h"
#include "os/array.h"
#include "os/cleanup.h"

static int add(struct also_list *l, const char *path, size_t len, bool must)
{
    struct also_path *more = array_room(l->paths, l->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    l->paths = more;
    more[l->n] = (struct also_path){strndup(path, len), must};
    return more[l->n].path ? (void)l->n++, 0 : -ENOMEM;
}

static int add_environment(struct also_list *l)
{
    const char *at = getenv("MICA_ALSO");
    int r = 0;

    while (at && *at && r == 0) {
        size_t len = strcspn(at, ":");

        r = len ? add(l, at, len, true) : 0;
        at += len + (at[len] == ':');
    }
    return r;
}

int also_list_read(struct also_list *ret, struct err *err)
{
    struct store_config config;
    int r, e;

    *ret = (struct also_list){NULL, 0};
    e = add_environment(ret);
    r = store_config_read(&config, err);
    for (size_t i = 0; r == 0 && e == 0 && i < config.n; i++)
        e = add(ret, config.also[i], strlen(config.also[i]), false);
    store_config_clear(&config);
    if (r == 0 && e < 0)
        r = err_errno(err, -e, "cannot list the stores");
    return r;
}

void also_list_free(struct also_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->paths[i].path);
    free(l->paths);
    *l = (struct also_list){NULL, 0};
}
