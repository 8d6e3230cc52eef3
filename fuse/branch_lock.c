/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_lock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/patience.h"
#include "process.h"

/* Gets the real user of a process, because every user can start set-user-ID programs. -ESRCH if the
 * process has ended while others hold its lock. With hidepid=, /proc hides processes that this one may not
 * trace: kill(2) still finds them. */
static int user_of(long pid, uid_t *ret)
{
    char path[40], line[128];
    int r = -EIO;

    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return errno != ENOENT ? -errno : kill((pid_t)pid, 0) < 0 && errno == ESRCH ? -ESRCH : -EACCES;
    while (r < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "Uid: %u", ret) == 1)
            r = 0;
    fclose(f);
    return r;
}

/* Could the process be a daemon with a right to the directory that this one has? */
static bool counts(long pid)
{
    uid_t user;
    int r = pid > 0 ? user_of(pid, &user) : -EIO;

    return r == 0 ? user == 0 || user == getuid() || user == geteuid() : r != -ESRCH;
}

/* Read the next lock of flock(2) from /proc/locks. */
static bool next_lock(FILE *f, long *ret_pid, dev_t *ret_dev, uint64_t *ret_ino)
{
    char line[256];

    while (fgets(line, sizeof line, f)) {
        unsigned major_, minor_;

        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%" SCNu64, ret_pid, &major_, &minor_, ret_ino) != 4)
            continue;
        *ret_dev = makedev(major_, minor_);
        return true;
    }
    return false;
}

/* Are all holders of a lock on the file strangers? A holder that is not visible, as in another pid
 * namespace, is none. */
static bool only_strangers(int fd)
{
    bool found = false, known = true;
    struct stat st;
    uint64_t ino;
    dev_t dev;
    long pid;
    FILE *f;

    if (!process_knows_proc() || fstat(fd, &st) < 0 || !(f = fopen("/proc/locks", "re")))
        return false;
    while (known && next_lock(f, &pid, &dev, &ino)) {
        if (ino != st.st_ino || dev != st.st_dev)
            continue;
        found = true;
        known = !counts(pid);
    }
    fclose(f);
    return found && known;
}

/* The list may skip a line while locks come and go. */
#define LOOKS 3

bool branch_lock_is_held(uint64_t wanted)
{
    bool held = false;

    for (int look = 0; look < LOOKS && !held; look++) {
        FILE *f = fopen("/proc/locks", "re");
        uint64_t ino;
        dev_t dev;
        long pid;

        if (!f)
            return true;
        while (!held && next_lock(f, &pid, &dev, &ino))
            held = ino == wanted && counts(pid);
        fclose(f);
    }
    return held;
}

/* Returns 1 if it could not be locked because strangers hold it. */
static int lock_one(int fd, int operation, const char *option, const char *name, const char *rest,
                    struct err *err)
{
    struct patience patience = patience_begin();

    int r = fd < 0 ? 0 : flock(fd, operation | LOCK_NB);

    while (r < 0 && errno == EWOULDBLOCK) {
        if (only_strangers(fd))
            return 1;
        if (!patience_wait(&patience))
            return err_set(err, EBUSY, "%s %s%s is in use by another mount", option, name, rest);
        r = flock(fd, operation | LOCK_NB);
    }
    return r < 0 ? err_errno(err, errno, "cannot lock %s %s%s", option, name, rest) : 0;
}

static int lock_upper(struct branch_dirs *d, int operation, struct err *err)
{
    int r = lock_one(d->upper_fd, operation, "upperdir", d->upper_name, "", err);

    d->upper_unlocked = r > 0;
    return r < 0 ? r : 0;
}

int branch_lock_upper(struct branch_dirs *d, struct err *err)
{
    return lock_upper(d, LOCK_EX, err);
}

int branch_lock_dirs(struct branch_dirs *d, bool shared, struct err *err)
{
    int operation = shared ? LOCK_SH : LOCK_EX;
    int r = lock_upper(d, operation, err);

    if (r == 0)
        r = lock_one(d->base_fd, operation, "workdir", d->work_name, "", err);
    return r < 0 ? r : 0;
}

int branch_lock_work(const struct branch_dirs *d, int work_fd, struct err *err)
{
    int r = lock_one(work_fd, LOCK_EX, "workdir", d->work_name, "/work", err);

    return r < 0 ? r : 0;
}
