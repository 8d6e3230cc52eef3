/* SPDX-License-Identifier: Apache-2.0 */
#include "leave.h"

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"
#include "process.h"

/* Returns 0 if unknown or not visible. */
static ino_t namespace_of(const char *pid)
{
    char path[64];
    struct stat st;

    if (snprintf(path, sizeof path, "/proc/%s/ns/mnt", pid) >= (int)sizeof path || stat(path, &st) < 0)
        return 0;
    return st.st_ino;
}

/* Is another process in the namespace? An invisible one does not count: it loses nothing if the daemon
 * leaves. */
static bool has_others(ino_t namespace)
{
    cleanup_dir DIR *dir = opendir("/proc");
    long own = getpid();

    if (!dir)
        return true;
    for (const struct dirent *e; (e = readdir(dir));) {
        long pid = strtol(e->d_name, NULL, 10);

        if (pid > 0 && pid != own && namespace_of(e->d_name) == namespace)
            return true;
    }
    return false;
}

/* Each thread has its own namespaces. */
static bool has_threads(void)
{
    struct stat st;

    return stat("/proc/self/task", &st) < 0 || st.st_nlink != 3;
}

/* Is the mount there, and not propagated to other namespaces, which its end would have to reach? A mount
 * point that mountinfo escapes (with a blank) counts as absent. */
static bool is_private(const char *mountpoint)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL, *at;
    size_t size = 0, len = strlen(mountpoint);
    bool is = false;

    while (f && getline(&line, &size, f) > 0) {
        at = line;
        for (int i = 0; at && i < 4; i++)
            at = (at = strchr(at, ' ')) ? at + 1 : NULL;
        if (at && strncmp(at, mountpoint, len) == 0 && at[len] == ' ') /* the last one is on top */
            is = !strstr(at + len, " shared:");
    }
    free(line);
    if (f)
        fclose(f);
    return is;
}

static void leave(const char *mountpoint)
{
    /* Private mounts: the unmount here does not propagate to the namespace that is left. */
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        (void)umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW);
}

int leave_wait(struct leave *l)
{
    ino_t own = l->next_ms == 0 && process_knows_proc() ? namespace_of("self") : 0;

    if (l->next_ms == 0)
        l->next_ms = own == 0 || own == namespace_of("1") ? -1 : LEAVE_FIRST_MS;
    return l->next_ms;
}

void leave_if_alone(struct leave *l, const char *mountpoint)
{
    if (l->next_ms <= 0)
        return;
    if (!has_threads() && !has_others(namespace_of("self")) && is_private(mountpoint)) {
        leave(mountpoint);
        l->next_ms = -1;
        return;
    }
    l->next_ms = l->next_ms < LEAVE_LAST_MS / 2 ? 2 * l->next_ms : LEAVE_LAST_MS;
}
