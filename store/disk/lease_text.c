/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/lease_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "os/buf.h"

void lease_info_clear(struct lease_info *info)
{
    free(info->mountpoint);
    free(info->image);
    free(info->branch);
    free(info->view);
    *info = (struct lease_info){.mountpoint = NULL};
}

/* JSON is UTF-8, a path need not be: escapes its bytes. */
static int escape_path(const char *path, struct buf *ret)
{
    int r = 0;

    for (; *path && r == 0; path++) {
        unsigned char c = (unsigned char)*path;

        if (c > 0x20 && c < 0x7f && c != '%')
            r = buf_append(ret, path, 1);
        else
            r = buf_printf(ret, "%%%02X", c);
    }
    return r == 0 && !buf_str(ret) ? -ENOMEM : r;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *p = c ? strchr(digits, c) : NULL;

    return p ? (int)(p - digits) : -1;
}

static int unescape_path(const char *text, char **ret)
{
    char *path = malloc(strlen(text) + 1);
    size_t n = 0;

    if (!path)
        return -ENOMEM;
    for (; *text; text++) {
        if (*text == '%') {
            int high = hex_digit(text[1]), low = high < 0 ? -1 : hex_digit(text[2]);

            if (low < 0 || (high == 0 && low == 0)) {
                free(path);
                return -EUCLEAN;
            }
            path[n++] = (char)(high * 16 + low);
            text += 2;
        } else {
            path[n++] = *text;
        }
    }
    path[n] = 0;
    *ret = path;
    return 0;
}

int lease_format(const struct lease_info *info, char **ret, size_t *ret_len)
{
    char manifest[DIGEST_STRING_MAX], chain[DIGEST_STRING_MAX];
    cleanup_buf struct buf mountpoint = BUF_INIT;
    cleanup_json json_t *root = NULL;
    int r;

    if (!info->mountpoint || info->mountpoint[0] != '/' || !digest_len(info->manifest.alg) ||
        !digest_len(info->chain_id.alg))
        return -EINVAL;
    r = escape_path(info->mountpoint, &mountpoint);
    if (r < 0)
        return r;
    /* "s*" omits a member whose value is NULL. */
    root = json_pack("{s:s, s:s*, s:s, s:s, s:s*, s:s*, s:I, s:I}", "mountpoint", mountpoint.data, "image",
                     info->image, "manifest", digest_string(&info->manifest, manifest), "chain",
                     digest_string(&info->chain_id, chain), "branch", info->branch, "view", info->view, "pid",
                     (json_int_t)info->pid, "started", (json_int_t)info->started);
    if (!root)
        return -EINVAL;
    *ret = json_text_dump(root, JSON_COMPACT);
    if (!*ret)
        return -ENOMEM;
    *ret_len = strlen(*ret);
    return *ret_len > LEASE_MAX_BYTES ? free(*ret), -EINVAL : 0;
}

static int copy_optional(const char *text, char **ret)
{
    *ret = text ? strdup(text) : NULL;
    return text && !*ret ? -ENOMEM : 0;
}

int lease_parse(const char *text, size_t len, struct lease_info *ret)
{
    cleanup_json json_t *root = NULL;
    const char *mountpoint, *manifest, *chain, *image = NULL, *branch = NULL, *view = NULL;
    struct lease_info info = {.mountpoint = NULL};
    json_int_t pid, started;
    int r;

    if (json_text_parse(text, len, &root, NULL) < 0 ||
        json_unpack(root, "{s:s, s?s, s:s, s:s, s?s, s?s, s:I, s:I}", "mountpoint", &mountpoint, "image",
                    &image, "manifest", &manifest, "chain", &chain, "branch", &branch, "view", &view, "pid",
                    &pid, "started", &started) < 0)
        return -EUCLEAN;
    if (mountpoint[0] != '/' || pid <= 0 || digest_parse_str(manifest, &info.manifest) < 0 ||
        digest_parse_str(chain, &info.chain_id) < 0)
        return -EUCLEAN;
    info.pid = pid;
    info.started = started;
    r = unescape_path(mountpoint, &info.mountpoint);
    if (r == 0)
        r = copy_optional(image, &info.image);
    if (r == 0)
        r = copy_optional(branch, &info.branch);
    if (r == 0)
        r = copy_optional(view, &info.view);
    if (r < 0) {
        lease_info_clear(&info);
        return r;
    }
    *ret = info;
    return 0;
}
