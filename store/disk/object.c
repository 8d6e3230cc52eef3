/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "tree/index.h"

int object_path(enum object_kind kind, const struct digest *d, char buf[OBJECT_PATH_MAX])
{
    char hex[DIGEST_HEX_MAX];

    if (digest_len(d->alg) == 0)
        return -EINVAL;
    digest_hex(d, hex);
    if (kind == OBJECT_BLOB)
        snprintf(buf, OBJECT_PATH_MAX, "blobs/%s/%s", digest_alg_name(d->alg), hex);
    else
        snprintf(buf, OBJECT_PATH_MAX, "%s/%s", kind == OBJECT_LAYER ? "layers" : "trees", hex);
    return 0;
}

const char *object_label(enum object_kind kind, const struct digest *d, char buf[OBJECT_LABEL_MAX])
{
    static const char *const words[] = {
        [OBJECT_BLOB] = "blob", [OBJECT_LAYER] = "layer", [OBJECT_TREE] = "tree"};
    char text[DIGEST_STRING_MAX];

    snprintf(buf, OBJECT_LABEL_MAX, "%s %s", words[kind],
             digest_len(d->alg) ? digest_string(d, text) : "(none)");
    return buf;
}

static bool right_type(enum object_kind kind, mode_t mode)
{
    return kind == OBJECT_LAYER ? S_ISDIR(mode) : S_ISREG(mode);
}

static bool is_outdated_tree(struct store *s, const char *path)
{
    cleanup_fd int fd = beneath_open(s->fd, path, O_RDONLY, 0);

    return fd >= 0 && index_is_outdated(fd, INDEX_TREE);
}

bool object_exists(struct store *s, enum object_kind kind, const struct digest *d)
{
    char path[OBJECT_PATH_MAX];
    struct stat st;

    return object_path(kind, d, path) == 0 && fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           right_type(kind, st.st_mode) && !(kind == OBJECT_TREE && is_outdated_tree(s, path));
}

int object_open(struct store *s, enum object_kind kind, const struct digest *d, uint64_t *ret_size,
                struct err *err)
{
    char path[OBJECT_PATH_MAX], label[OBJECT_LABEL_MAX];
    cleanup_fd int fd = -1;
    struct stat st;
    int r = object_path(kind, d, path);

    object_label(kind, d, label);
    if (r < 0)
        return err_set(err, EINVAL, "%s: not a digest", label);
    /* O_NONBLOCK: opening a fifo would wait for ever. */
    fd = beneath_open(s->fd, path, O_RDONLY | (kind == OBJECT_LAYER ? O_DIRECTORY : O_NONBLOCK), 0);
    if (fd == -ENOENT)
        return err_set(err, ENOENT, "%s is not in %s", label, s->path);
    if (fd < 0)
        return err_errno(err, -fd, "cannot open %s in %s", label, s->path);
    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot open %s in %s", label, s->path);
    if (!right_type(kind, st.st_mode))
        return err_set(err, EUCLEAN, "%s in %s is damaged: not a regular file", label, s->path);
    if (ret_size)
        *ret_size = (uint64_t)st.st_size;
    return steal_fd(&fd);
}

const char *from_name(const struct digest *blob, char buf[DIGEST_STRING_MAX])
{
    char hex[DIGEST_HEX_MAX];

    snprintf(buf, DIGEST_STRING_MAX, "%s-%s", digest_alg_name(blob->alg), digest_hex(blob, hex));
    return buf;
}

int from_parse(const char *name, struct digest *ret)
{
    char text[DIGEST_STRING_MAX];
    size_t len = strlen(name);
    char *dash;

    if (len >= sizeof(text))
        return -EINVAL;
    memcpy(text, name, len + 1);
    dash = strchr(text, '-');
    if (!dash)
        return -EINVAL;
    *dash = ':';
    return digest_parse_str(text, ret);
}
