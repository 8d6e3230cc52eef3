/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/branch_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"

#define VERSION 1

void branch_info_clear(struct branch_info *info)
{
    free(info->image);
    *info = (struct branch_info){.image = NULL};
}

int branch_text_format(const struct branch_info *info, char **ret, size_t *ret_len)
{
    char manifest[DIGEST_STRING_MAX], chain[DIGEST_STRING_MAX];
    cleanup_json json_t *root = NULL;

    if (!digest_len(info->manifest.alg) || !digest_len(info->chain_id.alg))
        return -EINVAL;
    /* "s*" omits a member whose value is NULL. */
    root = json_pack("{s:i, s:s*, s:s, s:s, s:I, s:s, s:s, s:b, s:b, s:b}", "version", VERSION, "image",
                     info->image, "manifest", digest_string(&info->manifest, manifest), "chain",
                     digest_string(&info->chain_id, chain), "created", (json_int_t)info->created, "xattrs",
                     info->user_xattrs ? "user" : "trusted", "owners", info->keeps_owners ? "xattr" : "files",
                     "redirect_dir", info->redirect_dir, "metacopy", info->metacopy, "temporary",
                     info->temporary);
    if (!root)
        return -EINVAL;
    *ret = json_text_dump(root, JSON_COMPACT);
    if (!*ret)
        return -ENOMEM;
    *ret_len = strlen(*ret);
    return *ret_len > BRANCH_MAX_BYTES ? free(*ret), -EINVAL : 0;
}

static int take_members(json_t *root, struct branch_info *ret)
{
    const char *manifest, *chain, *xattrs, *owners = "files", *image = NULL;
    int redirect_dir, metacopy, temporary;
    json_int_t created;

    if (json_unpack(root, "{s?s, s:s, s:s, s:I, s:s, s?s, s:b, s:b, s:b}", "image", &image, "manifest",
                    &manifest, "chain", &chain, "created", &created, "xattrs", &xattrs, "owners", &owners,
                    "redirect_dir", &redirect_dir, "metacopy", &metacopy, "temporary", &temporary) < 0)
        return -EUCLEAN;
    if (digest_parse_str(manifest, &ret->manifest) < 0 || digest_parse_str(chain, &ret->chain_id) < 0 ||
        (strcmp(xattrs, "user") != 0 && strcmp(xattrs, "trusted") != 0) ||
        (strcmp(owners, "xattr") != 0 && strcmp(owners, "files") != 0) || created < 0 ||
        (metacopy && !redirect_dir))
        return -EUCLEAN;
    ret->created = created;
    ret->user_xattrs = strcmp(xattrs, "user") == 0;
    ret->keeps_owners = strcmp(owners, "xattr") == 0;
    ret->redirect_dir = redirect_dir;
    ret->metacopy = metacopy;
    ret->temporary = temporary;
    ret->image = image ? strdup(image) : NULL;
    return image && !ret->image ? -ENOMEM : 0;
}

int branch_text_parse(const char *text, size_t len, struct branch_info *ret)
{
    cleanup_json json_t *root = NULL;
    struct branch_info info = {.image = NULL};
    const json_t *version;
    int r;

    if (len > BRANCH_MAX_BYTES || json_text_parse(text, len, &root, NULL) < 0)
        return -EUCLEAN;
    version = json_object_get(root, "version");
    if (!json_is_integer(version))
        return -EUCLEAN;
    if (json_integer_value(version) != VERSION)
        return -EPROTONOSUPPORT;
    r = take_members(root, &info);
    if (r == 0)
        *ret = info;
    return r;
}
