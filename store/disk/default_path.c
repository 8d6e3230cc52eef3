/* SPDX-License-Identifier: Apache-2.0 */
/* The default location of the store. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/config.h"
#include "disk/store.h"
#include "os/user_ns.h"

#define SYSTEM_STORE "/var/lib/mica"

/* Is the user root of the machine rather than of a user namespace? Where nothing tells, uid 0 counts as root. */
static bool is_machine_root(void)
{
    return geteuid() == 0 && user_ns_is_initial() != 0;
}

static char *home_store(struct err *err)
{
    const char *home = getenv("HOME");
    struct passwd pw, *found = NULL;
    char buf[4096], *path = NULL;

    if (!home || home[0] != '/')
        home = getpwuid_r(geteuid(), &pw, buf, sizeof(buf), &found) == 0 && found ? found->pw_dir : NULL;
    if (!home || home[0] != '/')
        err_set(err, ENOENT, "no store: none of MICA_STORE, XDG_DATA_HOME and HOME is set; use --store DIR");
    else if (asprintf(&path, "%s/.local/share/mica", home) < 0)
        path = NULL, err_errno(err, ENOMEM, "cannot name the store");
    return path;
}

/* Gets the store of mica.conf: fresh memory, or NULL if it names none. */
static int configured_store(char **ret, struct err *err)
{
    struct store_config config;
    int r = store_config_read(&config, err);

    *ret = NULL;
    if (r == 0) {
        *ret = config.store;
        config.store = NULL;
    }
    store_config_clear(&config);
    return r;
}

char *store_default_path(struct err *err)
{
    const char *env = getenv("MICA_STORE");
    char *path;

    if (!env || !*env) {
        int r = configured_store(&path, err);

        if (r < 0 || path)
            return r < 0 ? NULL : path;
    }
    if (!env || !*env) {
        if (is_machine_root()) {
            env = SYSTEM_STORE;
        } else {
            const char *data = getenv("XDG_DATA_HOME");

            /* The XDG base directory specification requires ignoring a relative path. */
            if (!data || data[0] != '/')
                return home_store(err);
            if (asprintf(&path, "%s/mica", data) >= 0)
                return path;
            err_errno(err, ENOMEM, "cannot name the store");
            return NULL;
        }
    }
    path = strdup(env);
    if (!path)
        err_errno(err, ENOMEM, "cannot name the store");
    return path;
}
