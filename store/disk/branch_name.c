/* SPDX-License-Identifier: Apache-2.0 */
/* Names of branches: checking and generating. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "disk/branch.h"
#include "disk/root.h"
#include "os/cleanup.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char *const manners[] = {
    "able",  "airy",  "apt",   "bold",  "brave", "brief", "brisk", "calm",   "clear", "cool",  "deep",
    "deft",  "eager", "early", "fair",  "fine",  "fond",  "frank", "free",   "fresh", "glad",  "gold",
    "grand", "green", "happy", "high",  "jolly", "keen",  "kind",  "large",  "late",  "light", "lively",
    "lucky", "merry", "mild",  "neat",  "new",   "noble", "plain", "proud",  "pure",  "quick", "quiet",
    "rapid", "rare",  "ready", "rich",  "ripe",  "round", "sharp", "silent", "slim",  "slow",  "smart",
    "solid", "stark", "sunny", "swift", "tall",  "tidy",  "vivid", "warm",   "wise",
};

/* Trees, which grow branches. */
static const char *const trees[] = {
    "acacia", "alder",   "almond", "apple",  "apricot", "ash",    "aspen",   "banyan", "baobab",  "bay",
    "beech",  "birch",   "box",    "cacao",  "cedar",   "cherry", "citron",  "cork",   "cypress", "date",
    "ebony",  "elder",   "elm",    "fig",    "fir",     "ginkgo", "guava",   "hazel",  "hickory", "holly",
    "jujube", "juniper", "kapok",  "larch",  "laurel",  "lemon",  "lilac",   "lime",   "linden",  "mango",
    "maple",  "medlar",  "myrtle", "oak",    "olive",   "orange", "palm",    "peach",  "pear",    "pecan",
    "pine",   "plane",   "plum",   "poplar", "quince",  "rowan",  "sequoia", "spruce", "sorb",    "teak",
    "thuja",  "walnut",  "willow", "yew",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

int store_branch_check_name(const char *name, struct err *err)
{
    const char *fault = NULL;

    if (!*name)
        fault = "it is empty";
    else if (strlen(name) > STORE_BRANCH_NAME_MAX)
        fault = "it is longer than 128 bytes";
    else if (name[strspn(name, ALNUM "_.-")])
        fault = "only letters, digits and _ . - may be in it";
    else if (!strchr(ALNUM, name[0]))
        fault = "it must start with a letter or a digit";
    return fault ? err_set(err, EINVAL, "\"%.300s\" cannot be the name of a branch: %s", name, fault) : 0;
}

int store_branch_invent_name(struct store *s, char ret[STORE_BRANCH_NAME_MAX + 1], struct err *err)
{
    cleanup_fd int dir = store_open_dir(s, "branches");

    if (dir < 0)
        return err_errno(err, -dir, "cannot look at the branches of %s", s->path);
    for (int tries = 0; tries < 64; tries++) {
        struct stat st;
        uint32_t n;

        if (getrandom(&n, sizeof(n), 0) != sizeof(n))
            return err_set(err, EIO, "no random numbers for a name");
        snprintf(ret, STORE_BRANCH_NAME_MAX + 1, "%s-%s", manners[n % COUNT(manners)],
                 trees[(n >> 8) % COUNT(trees)]);
        if (tries >= 8) /* few are left */
            snprintf(ret + strlen(ret), STORE_BRANCH_NAME_MAX + 1 - strlen(ret), "-%u", n >> 16);
        if (fstatat(dir, ret, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
            return 0;
    }
    return err_set(err, EEXIST, "no free name was found for a branch: give it one");
}
