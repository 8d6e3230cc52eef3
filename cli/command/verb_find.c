/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a verb by its name, and the message for an unknown one. */
#include <string.h>

#include "command/verb.h"
#include "os/spelling.h"

const struct verb *verb_find(const struct verb *const *verbs, const char *name)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0 || ((*v)->alias && strcmp((*v)->alias, name) == 0))
            return *v;
    return NULL;
}

const struct verb *verb_nearest(const struct verb *const *verbs, const char *name)
{
    const struct verb *nearest = NULL;
    size_t least = SPELLING_MAX, d;

    for (const struct verb *const *v = verbs; *v; v++) {
        if ((*v)->hidden)
            continue;
        bool near = spelling_is_near(name, (*v)->name, &d);
        if (!near && (*v)->alias)
            near = spelling_is_near(name, (*v)->alias, &d);
        if (near && d < least) {
            least = d;
            nearest = *v;
        }
    }
    return nearest;
}

int verb_unknown(const struct cli *cli, const char *name)
{
    const char *instead = foreign_verb(name);
    const struct verb *near = instead ? NULL : verb_nearest(cli->verbs, name);
    const struct cli none = {.verbs = cli->verbs};

    if (instead)
        return cli_usagef(&none, "unknown verb \"%s\": %s", name, instead);
    if (near)
        return cli_usagef(&none, "unknown verb \"%s\"; did you mean \"%s\"?", name, near->name);
    return cli_usagef(&none, "unknown verb \"%s\"", name);
}
