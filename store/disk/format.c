/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/store.h"
#include "image/json_text.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/fd.h"

#define TEXT(number)   TEXT_OF(number)
#define TEXT_OF(text)  #text
#define VERSION        TEXT(STORE_FORMAT)
#define LAYOUT_VERSION "1.0.0"
#define FORMAT_TEXT    "mica " VERSION "\n"
#define LAYOUT_TEXT    "{\"imageLayoutVersion\":\"" LAYOUT_VERSION "\"}\n"
#define CATALOG_TEXT                                                                                         \
    "{\n  \"schemaVersion\": 2,\n  \"mediaType\": \"application/vnd.oci.image.index.v1+json\",\n"            \
    "  \"manifests\": []\n}\n"

static bool exists(struct store *s, const char *name)
{
    return faccessat(s->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Is the directory empty? 1, 0 or a negative errno. */
static int is_empty(struct store *s)
{
    cleanup_dir DIR *d = NULL;
    int r = dir_of(store_open_dir(s, "."), &d);

    if (r < 0)
        return r;
    return dir_next(d, &r) ? 0 : r < 0 ? r : 1;
}

static int put_file(struct store *s, const char *name, const char *text)
{
    return exists(s, name) ? 0 : fd_replace_file(s->fd, name, text, strlen(text), 0600);
}

static int populate(struct store *s)
{
    static const char *const dirs[] = {"blobs", "blobs/sha256", "blobs/sha512", "layers",
                                       "trees", "branches",     "leases",       "tmp"};
    int r;

    for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
        if (mkdirat(s->fd, dirs[i], 0700) < 0 && errno != EEXIST)
            return -errno;
    r = put_file(s, "index.json", CATALOG_TEXT);
    if (r == 0)
        r = put_file(s, "oci-layout", LAYOUT_TEXT);
    if (r == 0 && syncfs(s->fd) < 0)
        r = -errno;
    return r == 0 ? put_file(s, "format", FORMAT_TEXT) : r;
}

int format_create(struct store *s, struct err *err)
{
    cleanup_fd int lock = -1;
    int r;

    if (exists(s, "format"))
        return 0;
    if (!exists(s, "lock")) {
        r = is_empty(s);
        if (r < 0)
            return err_errno(err, -r, "cannot read %s", s->path);
        /* Another process may have just created the store. */
        if (r == 0 && !exists(s, "lock"))
            return err_set(err, ENOTEMPTY,
                           "%s is not empty and no store; a new store needs an empty directory", s->path);
    }
    lock = store_lock(s, LOCK_EX, err);
    if (lock < 0)
        return lock;
    r = populate(s);
    return r < 0 ? err_errno(err, -r, "cannot make a store in %s", s->path) : 0;
}

static int read_small(struct store *s, const char *name, char **ret, size_t *ret_len)
{
    return beneath_slurp(s->fd, name, 4096, ret, ret_len);
}

static bool is_known_layout(const char *text, size_t len)
{
    cleanup_json json_t *root = NULL;
    const char *version;

    if (json_text_parse(text, len, &root, NULL) < 0)
        return false;
    version = json_string_value(json_object_get(root, "imageLayoutVersion"));
    return version && strcmp(version, LAYOUT_VERSION) == 0;
}

int format_check(struct store *s, struct err *err)
{
    cleanup_free char *format = NULL, *layout = NULL;
    size_t len;
    int r = read_small(s, "format", &format, &len);

    if (r == -ENOENT)
        return is_empty(s) == 1 ? err_set(err, ENOENT, "no store in %s; " STORE_FILL_IT, s->path)
                                : err_set(err, EINVAL, "%s is no store of mica", s->path);
    if (r < 0)
        return err_errno(err, -r, "cannot read %s/format", s->path);
    if (strncmp(format, "mica ", 5) != 0)
        return err_set(err, EUCLEAN, "%s/format is damaged", s->path);
    if (strcmp(format, FORMAT_TEXT) != 0)
        return err_set(err, EPROTONOSUPPORT,
                       "the store %s has format %.*s, but this mica knows only format " VERSION
                       "; use the mica that created it",
                       s->path, (int)strcspn(format + 5, "\n"), format + 5);
    r = read_small(s, "oci-layout", &layout, &len);
    if (r < 0)
        return err_errno(err, -r, "cannot read %s/oci-layout", s->path);
    if (!is_known_layout(layout, len))
        return err_set(err, EUCLEAN, "%s/oci-layout is damaged, or not of version " LAYOUT_VERSION, s->path);
    return 0;
}
