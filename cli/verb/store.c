/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "command/options.h"
#include "disk/share.h"
#include "disk/store.h"

enum { OPTION_UNDO = 256 };

static const struct verb_option options[] = {
    {OPTION_UNDO, "undo", NULL, "make the store private again"},
    {0, NULL, NULL, NULL},
};

/* Records the first directory on the path to the store that others cannot enter. */
static void tell_closed(const char *path)
{
    char above[PATH_MAX];

    snprintf(above, sizeof above, "%s", path);
    for (char *slash = above; (slash = strchr(slash + 1, '/'));) {
        struct stat st;

        *slash = '\0';
        if (stat(above, &st) == 0 && !(st.st_mode & S_IXOTH)) {
            cli_notef("other users cannot reach the store: %s is closed to them", above);
            return;
        }
        *slash = '/';
    }
}

static int share(struct store *s, bool offered)
{
    struct share_counts counts;
    struct err err = {""};

    if (store_share(s, offered, &counts, &err) < 0)
        return cli_fail(&err);
    if (offered)
        tell_closed(store_path(s));
    if (offered)
        printf("%s: %zu objects are readable for all users; they use the store by\n"
               "  mica --also %s\nor by a line \"also = %s\" in /etc/mica/mica.conf\n",
               store_path(s), counts.objects, store_path(s), store_path(s));
    else
        printf("%s: %zu objects are readable for the owner only\n", store_path(s), counts.objects);
    return cli_output_status(0);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct store *s = NULL;
    struct err err = {""};
    bool undo = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        undo |= c == OPTION_UNDO;
    if (options_operands(&o, 1, 1, "share") < 0)
        return o.status;
    if (strcmp(o.argv[0], "share") != 0)
        return cli_usagef(cli, "\"%s\" is not share", o.argv[0]);
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    int status = share(s, !undo);
    store_close(s);
    return status;
}

const struct verb verb_store = {
    .name = "store",
    .summary = "share the store with other users",
    .synopsis = "share [--undo]",
    .about =
        "Lets all users of this machine, or of another one with a copy or a mount of the store, read its images, and\n"
        "those of later imports, beneath their own store (--also). Branches and the list of mounts stay private.\n",
    .options = options,
    .examples = "mica store share\n"
                "mica store share --undo\n",
    .run = run,
};
