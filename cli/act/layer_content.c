/* SPDX-License-Identifier: Apache-2.0 */
#include "act/layer_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"

int layer_content_open(int layer, const struct places *places, const struct index_inode *in, uint64_t *ret_at)
{
    char name[PLACES_PATH_MAX + sizeof "files/"];
    cleanup_fd int fd = -1;
    uint64_t at = 0;
    struct stat st;

    if (in->flags & INODE_OWN_FILE) {
        snprintf(name, sizeof name, "files/%llu", (unsigned long long)in->place);
    } else {
        struct place place;
        int r = places_find(places, in->place, in->size, &place);

        if (r < 0)
            return r;
        at = place.at;
        places_pack_path(places, place.pack, name);
    }
    fd = beneath_open(layer, name, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return fd == -ENOENT ? -EUCLEAN : fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EUCLEAN;
    *ret_at = at;
    return steal_fd(&fd);
}
