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
    {"fusermount3: No such file", false,
     "an ordinary user's mount takes fusermount3 (package fuse3), which is not there"},
    {"failed to exec fusermount3", false,
     "an ordinary user's mount takes fusermount3 (package fuse3), which is not there"},
    {"no write access to mountpoint", false,
     "an ordinary user mounts on a directory that he may write to; take one of yours"},
    {"failed to access mountpoint", false,
     "the directory cannot be entered; take one of yours, or set a mode that lets you"},
    {"not owned by user", false, "the directory is sticky and another user's; take one of yours"},
    {"mount failed: Operation not permitted", true,
     "mounting takes CAP_SYS_ADMIN, which root of a container does not have: --cap-add SYS_ADMIN gives it, "
     "and --device /dev/fuse the device"},
    {"mount failed: Operation not permitted", false,
     "fusermount3 has not the right to mount: it must be set-user-ID root"},
    {"too many FUSE filesystems mounted", false,
     "there are as many mounts as mount_max of /etc/fuse.conf permits"},
};

int mount_fault(const char *mountpoint, int device, const char *said, bool root, struct err *err)
{
    if (device == ENOENT || device == ENODEV || device == ENXIO)
        return err_set(
            err, device,
            "cannot mount on %s: there is no /dev/fuse; modprobe fuse makes it, and " IN_A_CONTAINER,
            mountpoint);
    if (device)
        return err_set(err, device,
                       "cannot mount on %s: /dev/fuse: %s; its mode is to be 0666, and " IN_A_CONTAINER,
                       mountpoint, strerror(device));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(said, known[i].said) && (root || !known[i].root_only))
            return err_set(err, EPERM, "cannot mount on %s: %s", mountpoint, known[i].means);
    return err_set(err, EIO, "cannot mount on %s: %s", mountpoint,
                   *said ? said : "the FUSE library does not say why");
}
