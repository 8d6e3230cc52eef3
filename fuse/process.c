/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <malloc.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/user_ns.h"

/* A cache of descriptors takes a quarter of the limit, up to a useful maximum. */
#define FILES_MAX 1024
#define FILES_MIN 8

int process_close_inherited(const int *keep, unsigned n)
{
    unsigned from = 3;

    /* Closes the ranges between those that are kept, in ascending order. */
    for (;;) {
        unsigned to = UINT_MAX;

        for (unsigned i = 0; i < n; i++) {
            if (keep[i] >= (int)from && (unsigned)keep[i] < to)
                to = (unsigned)keep[i];
        }
        if (to > from && close_range(from, to == UINT_MAX ? to : to - 1, 0) < 0)
            return -errno;
        if (to == UINT_MAX)
            return 0;
        from = to + 1;
    }
}

int process_enter_mounts(const char *namespace)
{
    cleanup_fd int fd = open(namespace, O_RDONLY | O_CLOEXEC);

    return fd < 0 || setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

unsigned process_cache_files(void)
{
    struct rlimit limit;
    rlim_t n = getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : limit.rlim_cur / 4;

    return n > FILES_MAX ? FILES_MAX : n < FILES_MIN ? FILES_MIN : (unsigned)n;
}

void process_reserve_files(unsigned n)
{
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, (int)n);

    if (fd >= 0)
        close(fd);
}

void process_raise_limits(void)
{
    static const int limited[] = {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU, RLIMIT_NPROC};
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit own;

    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++) {
        /* Only root can exceed the hard limit. */
        if (setrlimit((__rlimit_resource_t)limited[i], &none) == 0 ||
            getrlimit((__rlimit_resource_t)limited[i], &own) < 0)
            continue;
        own.rlim_cur = own.rlim_max;
        (void)setrlimit((__rlimit_resource_t)limited[i], &own);
    }
}

void process_limit_memory(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

void process_trim_memory(void)
{
    malloc_trim(0);
}

bool process_is_in_proc(void)
{
    return access("/proc/self/fd", X_OK) == 0;
}

bool process_knows_proc(void)
{
    char link[24], own[24];
    ssize_t n = readlink("/proc/self", link, sizeof link - 1);

    if (n < 0)
        return false;
    link[n] = '\0';
    snprintf(own, sizeof own, "%ld", (long)getpid());
    return strcmp(link, own) == 0;
}

bool process_gives_away(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    bool gives;

    if (fd < 0) /* the file system has no such files: then as it is in memory */
        fd = memfd_create("mica-probe", MFD_CLOEXEC);
    gives = fd >= 0 && fchown(fd, geteuid() == 1 ? 2 : 1, getegid() == 1 ? 2 : 1) == 0;
    if (fd >= 0)
        close(fd);
    return gives;
}

static bool is_above_permissions(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    return syscall(SYS_capget, &header, data) == 0 &&
           data[0].effective & (1u << CAP_DAC_READ_SEARCH | 1u << CAP_DAC_OVERRIDE);
}

/* Is the file on a file system whose server checks permissions? */
static bool is_others(int fd)
{
    static const long kinds[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC,
                                 CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC,     CODA_SUPER_MAGIC,
                                 V9FS_MAGIC,       FUSE_SUPER_MAGIC};
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((uint32_t)fs.f_type == (uint32_t)kinds[i])
            return true;
    }
    return false;
}

bool process_reads_all(const int *dirs, unsigned n)
{
    bool all = is_above_permissions();

    for (unsigned i = 0; all && i < n; i++)
        all = !is_others(dirs[i]);
    return all;
}

/* For reading others' layers, unmounting, and trusted.* attributes. */
#define CAPS_TO_READ (1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_ADMIN)

/* For creating, changing and removing files in the name of the calling user: any owner and mode, devices,
 * and file capabilities. */
#define CAPS_TO_WRITE                                                                                        \
    (1ull << CAP_DAC_OVERRIDE | 1ull << CAP_CHOWN | 1ull << CAP_FOWNER | 1ull << CAP_FSETID |                \
     1ull << CAP_SETUID | 1ull << CAP_SETGID | 1ull << CAP_SETFCAP | 1ull << CAP_MKNOD)

/* For leaving SCHED_IDLE. */
#define CAPS_TO_FOLLOW (1ull << CAP_SYS_NICE)

/* Drops the capabilities that are not in `needed`, and passes none to started programs. */
static int keep_capabilities(uint64_t needed)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        uint32_t keep = (uint32_t)(needed >> (32 * i));

        data[i].permitted &= keep;
        data[i].effective &= keep;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int process_drop_privileges(bool writable, bool follows)
{
    bool root = geteuid() == 0;

    /* In another user namespace they may be what a layer can be read by. */
    if (root && user_ns_is_initial() > 0 && setgroups(0, NULL) < 0 && errno != EPERM)
        return -errno;
    if (root && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return keep_capabilities(CAPS_TO_READ | (writable ? CAPS_TO_WRITE : 0) | (follows ? CAPS_TO_FOLLOW : 0));
}
