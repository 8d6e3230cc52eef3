/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/own_object.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/places.h"

static bool is_number(const char *name)
{
    return *name && strspn(name, "0123456789") == strlen(name);
}

static bool is_marker(const char *name)
{
    struct digest d;

    return from_parse(name, &d) == 0;
}

/* 1, 0, or a negative errno if that is not known. */
static int is_of_type(int dir, const char *name, mode_t type)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    return (st.st_mode & S_IFMT) == type;
}

/* Did the opening of a directory fail because there is none, but another kind of file? */
static bool is_of_another_type(int r)
{
    return r == -ENOTDIR || r == -ELOOP || r == -ENOENT;
}

/* Has the directory only regular files with such names? */
static int has_only(int parent, const char *name, bool (*is_ours)(const char *name))
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0), &dir), own = 1;

    if (r < 0)
        return is_of_another_type(r) ? 0 : r;
    for (const struct dirent *e; own == 1 && (e = dir_next(dir, &r));)
        own = is_ours(e->d_name) ? is_of_type(dirfd(dir), e->d_name, S_IFREG) : 0;
    return own == 1 && r < 0 ? r : own;
}

static bool is_pack(const char *name)
{
    uint32_t number;

    return places_is_pack_name(name, &number);
}

static int is_own_part(int layer, const char *name)
{
    static const char *const files[] = {"index", "pack", PLACES_NAME};
    bool known = false;

    if (strcmp(name, "files") == 0)
        return has_only(layer, name, is_number);
    if (strcmp(name, "from") == 0)
        return has_only(layer, name, is_marker);
    if (strcmp(name, "packs") == 0)
        return has_only(layer, name, is_pack);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        known |= strcmp(name, files[i]) == 0;
    return known ? is_of_type(layer, name, S_IFREG) : 0;
}

int object_is_own(int parent, const char *name, enum object_kind kind)
{
    cleanup_dir DIR *dir = NULL;
    int r, own = 1;

    if (kind != OBJECT_LAYER)
        return is_of_type(parent, name, S_IFREG);
    r = dir_of(beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0), &dir);
    if (r < 0)
        return is_of_another_type(r) ? 0 : r;
    for (const struct dirent *e; own == 1 && (e = dir_next(dir, &r));)
        own = is_own_part(dirfd(dir), e->d_name);
    return own == 1 && r < 0 ? r : own;
}
