/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Abilities of the machine. The kernel tells a FUSE daemon what it can do in its first message, so a child
 * mounts a file system in a mount namespace of its own, reads that message and ends; namespace and mount end
 * with it.
 */
#include "act/host_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/id_ranges.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define FIRST_MESSAGE_MS 5000
/* Bits of the first message (include/uapi/linux/fuse.h of Linux 6.9 and 6.14). */
#define PASSTHROUGH_BIT 37
#define IO_URING_BIT    41

/* The child's report. */
struct report {
    struct ability namespaces, mounts, device;
    uint32_t major, minor;
    uint64_t flags;
    bool has_message;
};

static struct ability failed(int error)
{
    return (struct ability){ABILITY_NO, error};
}

static const struct ability able = {ABILITY_YES, 0};

static void read_first_message(int fd, struct report *ret)
{
    /* The kernel wants room for the largest request. */
    static char buf[FUSE_MIN_READ_BUFFER + 4096];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    struct fuse_in_header head;
    struct fuse_init_in init = {0};

    if (poll(&ready, 1, FIRST_MESSAGE_MS) <= 0)
        return;
    ssize_t n = read(fd, buf, sizeof buf);
    if (n < (ssize_t)(sizeof head + offsetof(struct fuse_init_in, flags2)))
        return;
    memcpy(&head, buf, sizeof head);
    size_t rest = (size_t)n - sizeof head;
    memcpy(&init, buf + sizeof head, rest < sizeof init ? rest : sizeof init);
    if (head.opcode != FUSE_INIT)
        return;
    ret->major = init.major;
    ret->minor = init.minor;
    ret->flags = init.flags | (uint64_t)init.flags2 << 32;
    ret->has_message = true;
}

/* Enter namespaces in which this user may mount. Root of the machine needs no user namespace for that. */
static int enter_namespaces(bool user)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWNS | (user ? CLONE_NEWUSER : 0)) < 0)
        return -errno;
    int r = user ? id_ranges_take_own(uid, gid, NULL) : 0;
    if (r < 0)
        return r;
    /* An unprivileged user namespace may have been stripped of its capabilities: this takes one. */
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

static void look_in_child(bool user, struct report *ret)
{
    char options[100];
    int r = enter_namespaces(user);

    if (r < 0) {
        ret->namespaces = failed(-r);
        return;
    }
    ret->namespaces = able;
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        ret->device = failed(errno);
        return;
    }
    ret->device = able;
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd, geteuid(),
             getegid());
    if (mount("mica-info", "/", "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
        ret->mounts = failed(errno);
        return;
    }
    ret->mounts = able;
    read_first_message(fd, ret);
}

/* Have a child look, and read its report. */
static void look(bool user, struct report *ret)
{
    struct report got = {.has_message = false};
    int ends[2];

    *ret = got;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    cleanup_fd int from = ends[0];
    pid_t child = fork();
    if (child == 0) {
        look_in_child(user, &got);
        _exit(fd_write(ends[1], &got, sizeof got) < 0);
    }
    close(ends[1]);
    if (child < 0)
        return;
    if (fd_read(from, &got, sizeof got) == (ssize_t)sizeof got)
        *ret = got;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

static struct ability flag_of(const struct report *r, unsigned bit)
{
    if (!r->has_message)
        return (struct ability){ABILITY_UNKNOWN, 0};
    return r->flags >> bit & 1 ? able : failed(0);
}

void host_facts_find(struct host_facts *ret)
{
    struct report as_user, as_root = {.has_message = false};
    const struct report *best = &as_user;

    look(true, &as_user);
    if (!as_user.has_message && geteuid() == 0) {
        look(false, &as_root);
        best = &as_root;
    }
    *ret = (struct host_facts){
        .user_namespaces = as_user.namespaces,
        .fuse_device = best->device,
        .fuse =
            {
                .mounts = best->mounts,
                .major = best->major,
                .minor = best->minor,
                .passthrough = flag_of(best, PASSTHROUGH_BIT),
                .io_uring = flag_of(best, IO_URING_BIT),
            },
    };
    if (ret->fuse_device.state == ABILITY_UNKNOWN) {
        cleanup_fd int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        ret->fuse_device = fd < 0 ? failed(errno) : able;
    }
}
