/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/image_name.h"
#include "act/mount_state.h"
#include "act/mounts.h"
#include "command/options.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"MOUNTPOINT", false}, {"IMAGE", false}, {"DIGEST", false}, {"BRANCH", false},
    {"PID", true},         {"SINCE", false}, {"STATE", false},
};

/* A line of the list: a lease, or a mount without a lease in this store. */
struct row {
    const char *mountpoint;
    const struct lease_info *lease; /* or NULL */
    const char *state;
    bool moved; /* the image's name belongs to another image now */
};

/* The image's name, with the views that the mount shows. */
static int add_image(struct table *t, const struct row *row)
{
    const struct lease_info *l = row->lease;

    if (!l || (!l->image && !l->view))
        return table_cell(t, NULL);
    return table_cellf(t, "%s%s%s%s%s", l->image ? l->image : "", row->moved ? IMAGE_NAME_MOVED : "",
                       !l->view   ? ""
                       : l->image ? " ("
                                  : "(",
                       l->view ? l->view : "", l->view ? ")" : "");
}

static int add_row(struct table *t, const struct row *row)
{
    const struct lease_info *l = row->lease;
    char hex[DIGEST_HEX_MAX], when[TIME_TEXT_MAX];

    if (table_cell(t, row->mountpoint) < 0 || add_image(t, row) < 0)
        return -ENOMEM;
    int r = l ? table_cellf(t, "%.12s", digest_hex(&l->manifest, hex)) : table_cell(t, NULL);
    if (r == 0)
        r = table_cell(t, l ? l->branch : NULL);
    if (r == 0)
        r = l ? table_cellf(t, "%lld", (long long)l->pid) : table_cell(t, NULL);
    if (r == 0)
        r = table_cell(t, l ? time_format(l->started, when) : NULL);
    return r < 0 ? r : table_cell(t, row->state);
}

/* Without a lease its members are null. */
static int set_lease(json_t *o, const struct lease_info *l)
{
    static const struct lease_info none;

    if (!l)
        l = &none;
    if (json_set_str(o, "image", l->image) < 0 || json_set_digest(o, "digest", &l->manifest) < 0 ||
        json_set_digest(o, "chain_id", &l->chain_id) < 0 || json_set_str(o, "branch", l->branch) < 0 ||
        json_set_str(o, "view", l->view) < 0 || json_set_pid(o, l->pid) < 0)
        return -ENOMEM;
    return l != &none ? json_set_time(o, "started", l->started, 0) : json_set_str(o, "started", NULL);
}

static int add_json(struct json_list *l, const struct row *row)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "mountpoint", row->mountpoint) < 0 || set_lease(o, row->lease) < 0 ||
        json_object_set_new(o, "image_moved", json_boolean(row->moved)) < 0 ||
        json_set_str(o, "state", row->state) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

static int add(struct table *t, struct json_list *l, const struct row *row)
{
    return t ? add_row(t, row) : add_json(l, row);
}

/* Is it the root of a container (container/run_monitor.c)? */
static bool is_container(const char *store, const char *mountpoint)
{
    size_t len = strlen(store);

    return strncmp(mountpoint, store, len) == 0 && strncmp(mountpoint + len, "/run/", strlen("/run/")) == 0;
}

static const char *state_of(const struct mounts *m, const char *store, const struct lease_info *lease)
{
    const struct mount_entry *e = mountinfo_find(&m->info, lease->mountpoint);
    const struct mount_facts facts = {
        .here = e && mounts_is_mica(m, e),
        .container = is_container(store, lease->mountpoint),
        .same_space = mount_same_space(lease->pid),
    };

    return mount_state(&facts);
}

/* `s`: NULL without a store, and then there are no leases. */
static int list(const struct mounts *m, struct store *s, struct table *t, struct json_list *l)
{
    int r = 0;

    for (size_t i = 0; i < m->leases.n && r == 0; i++) {
        const struct lease_info *lease = &m->leases.leases[i];
        r = add(t, l,
                &(struct row){lease->mountpoint, lease, state_of(m, store_path(s), lease),
                              image_name_moved(s, lease->image, &lease->manifest)});
    }
    for (size_t i = 0; i < m->info.n && r == 0; i++) {
        const struct mount_entry *e = &m->info.entries[i];
        if (mount_entry_is_mica(e) && !mounts_lease(m, e->mountpoint))
            r = add(t, l,
                    &(struct row){e->mountpoint, NULL, mount_state_unleased(e->owner, geteuid()), false});
    }
    if (r == 0)
        r = t ? table_print(t, stdout, 0) : json_list_end(l);
    return cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct mounts mounts = {0};
    struct store *s = NULL;
    struct json_list l = JSON_LIST_INIT;
    struct err err = {""};
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 0, 0, "") < 0)
        return o.status;
    int r = store_open(cli->store, 0, &s, &err);
    if (r < 0 && (r != -ENOENT || cli->store)) /* without a store no mount is from it */
        return cli_fail(&err);
    if (s)
        store_branches_sweep(s);
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    int status;
    if (mounts_read(s, &mounts, &err) < 0)
        status = cli_fail(&err);
    else
        status = json || t ? list(&mounts, s, t, &l) : cli_output_status(-ENOMEM);
    table_free(t);
    mounts_free(&mounts);
    store_close(s);
    return status;
}

const struct verb verb_mounts = {
    .name = "mounts",
    .summary = "list the mounts",
    .synopsis = "[--json]",
    .about =
        "Lists the mounts of the store. STATE is \"mounted\"; \"container\" for the root of a container; \"ending\" for a\n"
        "detached mount with open files; \"elsewhere\" for a mount in another mount namespace; \"another user's\", or \"no\n"
        "lease\" for a mount of micafs that is not the store's: of directories, of another store, or one whose daemon has\n"
        "died.\n",
    .options = options,
    .examples = "mica mounts\nmica mounts --json | jq -r '.[].mountpoint'\n",
    .foreign = foreign_list_options,
    .run = run,
};
