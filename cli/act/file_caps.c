/* SPDX-License-Identifier: Apache-2.0 */
#include "act/file_caps.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>

#include "bundle/capabilities.h"
#include "os/buf.h"
#include "os/cleanup.h"

struct caps {
    bundle_caps permitted, inheritable;
    bool effective, has_root;
    uint32_t root;
};

static uint32_t word(const char *value, size_t n)
{
    uint32_t w;

    memcpy(&w, value + 4 * n, sizeof w);
    return le32toh(w);
}

/* The value is a magic number, then pairs of permitted and inheritable words, the lower half first. */
static int decode(const char *value, size_t len, struct caps *ret)
{
    static const struct {
        uint32_t revision;
        size_t words;
    } forms[] = {{VFS_CAP_REVISION_1, 3}, {VFS_CAP_REVISION_2, 5}, {VFS_CAP_REVISION_3, 6}};
    uint32_t magic = len >= 4 ? word(value, 0) : 0;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((magic & VFS_CAP_REVISION_MASK) != forms[i].revision || len != 4 * forms[i].words)
            continue;
        *ret = (struct caps){.permitted = word(value, 1),
                             .inheritable = word(value, 2),
                             .effective = magic & VFS_CAP_FLAGS_EFFECTIVE};
        if (i > 0) {
            ret->permitted |= (uint64_t)word(value, 3) << 32;
            ret->inheritable |= (uint64_t)word(value, 4) << 32;
        }
        ret->has_root = i == 2;
        ret->root = i == 2 ? word(value, 5) : 0;
        return 0;
    }
    return -EINVAL;
}

static int add_set(struct buf *b, bundle_caps set, bool effective, const char *flags)
{
    const char *names[BUNDLE_CAPS_MAX + 1];
    int r = 0;

    bundle_caps_names(set, names);
    for (size_t i = 0; r == 0 && names[i]; i++) {
        r = buf_printf(b, "%s", i ? "," : b->len ? " " : "");
        for (const char *c = names[i]; r == 0 && *c; c++)
            r = buf_printf(b, "%c", tolower((unsigned char)*c));
    }
    return r == 0 && names[0] ? buf_printf(b, "=%s%s", effective ? "e" : "", flags) : r;
}

int file_caps_text(const void *value, size_t len, char **ret)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct caps c;
    int r = decode(value, len, &c);

    if (r < 0)
        return r;
    r = add_set(&b, c.permitted & c.inheritable, c.effective, "ip");
    if (r == 0)
        r = add_set(&b, c.permitted & ~c.inheritable, c.effective, "p");
    if (r == 0)
        r = add_set(&b, c.inheritable & ~c.permitted, c.effective, "i");
    if (r == 0 && !b.len)
        r = buf_printf(&b, "=");
    if (r == 0 && c.has_root && c.root)
        r = buf_printf(&b, " [rootid=%u]", c.root);
    if (r < 0 || !buf_str(&b))
        return -ENOMEM;
    *ret = steal_ptr(&b.data);
    return 0;
}
