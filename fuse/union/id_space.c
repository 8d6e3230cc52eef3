/* SPDX-License-Identifier: Apache-2.0 */
#include "union/id_space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "union/id_map_acl.h"

/* Larger than a map file of 340 lines, the maximum. */
#define TEXT_MAX 16384

int id_space_parse(struct id_map *m, const char *text)
{
    cleanup_buf struct buf b = {0};
    unsigned inside, outside, n;
    struct err err = {""};
    int r = 0, len;

    while (r == 0 && sscanf(text, "%u %u %u %n", &inside, &outside, &n, &len) == 3) {
        r = buf_printf(&b, ":%u:%u:%u", inside, inside, n);
        text += len;
    }
    if (r == 0 && *text)
        r = -EINVAL;
    return r < 0 ? r : id_map_parse(m, "", b.data ? b.data : "", b.len, &err);
}

static int read_map(const char *path, struct id_map *m)
{
    cleanup_free char *text = NULL;
    int r = fd_slurp_at(AT_FDCWD, path, TEXT_MAX, &text, NULL);

    if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
        return id_space_parse(m, "");
    return r < 0 ? r : id_space_parse(m, text);
}

int id_space_read(struct id_space *ret)
{
    int r;

    *ret = (struct id_space){0};
    r = read_map("/proc/self/uid_map", &ret->uids);
    if (r == 0)
        r = read_map("/proc/self/gid_map", &ret->gids);
    if (r < 0)
        id_space_clear(ret);
    return r;
}

void id_space_clear(struct id_space *s)
{
    id_map_clear(&s->uids);
    id_map_clear(&s->gids);
}

size_t id_space_known_acl(const struct id_space *s, void *value, size_t size)
{
    return id_map_known_acl(&s->uids, &s->gids, value, size);
}
