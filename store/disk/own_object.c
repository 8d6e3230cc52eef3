/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/own_object.h"

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

static bool is_of_type(int dir, const char *name, mode_t type)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

/* Does the directory have only regular files with such names? */
static bool has_only(int parent, const char *name, bool (*is_ours)(const char *name))
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (r < 0)
        return false;
    for (const struct dirent *e; (e = dir_next(dir, &r));)
        if (!is_ours(e->d_name) || !is_of_type(dirfd(dir), e->d_name, S_IFREG))
            return false;
    return r == 0;
}

static bool is_pack(const char *name)
{
    uint32_t number;

    return places_is_pack_name(name, &number);
}

static bool is_own_part(int layer, const char *name)
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
    return known && is_of_type(layer, name, S_IFREG);
}

bool object_is_own(int parent, const char *name, enum object_kind kind)
{
    cleanup_dir DIR *dir = NULL;
    int r;

    if (kind != OBJECT_LAYER)
        return is_of_type(parent, name, S_IFREG);
    r = dir_of(beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0), &dir);
    if (r < 0)
        return false;
    for (const struct dirent *e; (e = dir_next(dir, &r));)
        if (!is_own_part(dirfd(dir), e->d_name))
            return false;
    return r == 0;
}
