/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_case.h"

#include <stdio.h>
#include <sys/stat.h>

/* The tree of the image "img" is kept under the chain of its one layer, which is the layer's own digest. */
struct branch_info branch_case_info(char *image)
{
    struct sample i = sample_make("img");

    return (struct branch_info){.image = image,
                                .manifest = i.manifest,
                                .chain_id = i.layer,
                                .created = 1000,
                                .redirect_dir = true,
                                .metacopy = true};
}

int branch_case_create(struct store *s, const char *name, bool temporary, struct branch_hold **ret)
{
    char image[] = "app:1";
    struct branch_info info = branch_case_info(image);

    info.temporary = temporary;
    return store_branch_create(s, name, &info, ret, NULL);
}

static bool has_mode(const struct scratch *d, const char *name, const char *part, mode_t mode)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof(path), "%s/store/branches/%s%s", d->path, name, part);
    return lstat(path, &st) == 0 && st.st_mode == mode;
}

bool branch_case_is_whole(const struct scratch *d, const char *name)
{
    return has_mode(d, name, "", S_IFDIR | 0700) && has_mode(d, name, "/upper", S_IFDIR | 0755) &&
           has_mode(d, name, "/work", S_IFDIR | 0700) && has_mode(d, name, "/branch.json", S_IFREG | 0600);
}
