/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/mount_fault.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define IN_A_CONTAINER "in a container it takes --device /dev/fuse"

/* Messages of libfuse 3 and fusermount3, as substrings, and the remedies. */
static const struct {
    const char *said;
    bool root_only;
    const char *means;
} known[] = {
    {"fusermount3: No such file", false, "an ordinary user's mount needs fusermount3 (package fuse3)"},
    {"failed to exec fusermount3", false, "an ordinary user's mount needs fusermount3 (package fuse3)"},
    {"no write access to mountpoint", false,
     "an ordinary user can mount only on a writable directory; use one of yours"},
    {"failed to access mountpoint", false,
     "the directory is not accessible; use one of yours, or change its mode"},
    {"not owned by user", false, "the directory is sticky and another user's; use one of yours"},
    {"mount failed: Operation not permitted", true,
     "mounting needs CAP_SYS_ADMIN, which root of a container lacks: --cap-add SYS_ADMIN adds it, "
     "and --device /dev/fuse the device"},
    {"mount failed: Operation not permitted", false,
     "fusermount3 may not mount: it must be set-user-ID root"},
    {"too many FUSE filesystems mounted", false,
     "the number of mounts has reached mount_max of /etc/fuse.conf"},
};

int mount_fault(const char *mountpoint, int device, const char *said, bool root, struct err *err)
{
    if (device == ENOENT || device == ENODEV || device == ENXIO)
        return err_set(err, device,
                       "cannot mount on %s: no /dev/fuse; modprobe fuse creates it, and " IN_A_CONTAINER,
                       mountpoint);
    if (device)
        return err_set(err, device,
                       "cannot mount on %s: /dev/fuse: %s; its mode should be 0666, and " IN_A_CONTAINER,
                       mountpoint, strerror(device));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(said, known[i].said) && (root || !known[i].root_only))
            return err_set(err, EPERM, "cannot mount on %s: %s", mountpoint, known[i].means);
    return err_set(err, EIO, "cannot mount on %s: %s", mountpoint,
                   *said ? said : "the FUSE library does not say why");
}
