/* SPDX-License-Identifier: Apache-2.0 */
#include "study/lint.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/inert.h"
#include "study/events.h"

struct linting {
    struct study *s;
    lint_tell_fn tell;
    void *ctx;
    struct buf opaque; /* struct opaque_dir: those on the way to the path at hand */
};

struct opaque_dir {
    size_t depth;
    uint32_t layer;
};

bool lint_is_secret(const char *path)
{
    static const char *const patterns[] = {
        "*/.ssh/id_*",
        "*/id_rsa",
        "*/id_dsa",
        "*/id_ecdsa",
        "*/id_ed25519",
        "*/.netrc",
        "*/.npmrc",
        "*/.pypirc",
        "*/.git-credentials",
        "*/.pgpass",
        "*/.aws/credentials",
        "*/.docker/config.json",
        "*/.kube/config",
        "*/.env",
        "*/.htpasswd",
        "*/.vault-token",
        "*/.config/gcloud/*credentials*",
        "*/private.pem",
        "*/*private*key*.pem",
    };
    size_t len = strlen(path);

    if (len > 4 && strcmp(path + len - 4, ".pub") == 0)
        return false;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        if (fnmatch(patterns[i], path, 0) == 0)
            return true;
    }
    return false;
}

static int tell(const struct linting *l, const char *rule, enum lint_severity severity, uint32_t layer,
                const struct study_path *p, const char *text)
{
    const struct lint_finding f = {rule, severity, layer, p->text, text};

    return l->tell(l->ctx, &f);
}

static bool has_prefix(const struct index_xattr *x, const char *prefix)
{
    size_t len = strlen(prefix);

    return x->name_len >= len && memcmp(x->name, prefix, len) == 0;
}

static int lint_xattrs(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    struct index_xattr x;
    uint64_t cursor = 0;
    int r = 0;

    while (r == 0 && e->own_inode.xattrs &&
           (r = index_xattr_next(study_index(l->s, e->layer), &e->own_inode, &cursor, &x)) > 0) {
        r = 0;
        if (has_prefix(&x, "trusted.overlay.") || has_prefix(&x, "user.overlay."))
            r = tell(l, "overlay-xattr", LINT_WARNING, e->layer, p,
                     "an attribute that union file systems keep for themselves");
        else if (has_prefix(&x, "security.capability") && e->hidden_by == STUDY_NEVER)
            r = tell(l, "capabilities", LINT_NOTE, e->layer, p, "has file capabilities");
        else if (has_prefix(&x, "user.") && !S_ISREG(e->own_inode.mode) && !S_ISDIR(e->own_inode.mode))
            r = tell(l, "user-xattr", LINT_WARNING, e->layer, p,
                     "an attribute user.*, which only regular files and directories can have");
        else if (has_prefix(&x, "security.selinux"))
            r = tell(l, "selinux-xattr", LINT_NOTE, e->layer, p,
                     "has the SELinux label of the machine that built it");
    }
    return r == -EUCLEAN ? merge_damaged(study_links(l->s)->err, e->layer) : r;
}

static bool is_device_whiteout(const struct study_event *e)
{
    return e->own.kind == FACT_FILE && S_ISCHR(e->own_inode.mode) && e->own_inode.rdev_major == 0 &&
           e->own_inode.rdev_minor == 0;
}

/* Is the path directly in an opaque directory of the layer? */
static bool is_in_opaque(const struct linting *l, const struct study_path *p, uint32_t layer)
{
    const struct opaque_dir *all = (const struct opaque_dir *)(const void *)l->opaque.data;

    for (size_t i = l->opaque.len / sizeof *all; i-- > 0 && all[i].depth + 1 == p->depth;)
        if (all[i].layer == layer)
            return true;
    return false;
}

/* Keeps the opaque directories above the path, and adds the path's own. */
static int take_opaque(struct linting *l, const struct study_path *p)
{
    const struct opaque_dir *all = (const struct opaque_dir *)(const void *)l->opaque.data;

    while (l->opaque.len && all[l->opaque.len / sizeof *all - 1].depth >= p->depth)
        l->opaque.len -= sizeof *all;
    for (size_t i = 0; i < p->n; i++) {
        const struct opaque_dir dir = {p->depth, p->events[i].layer};

        if (p->events[i].own.kind == FACT_DIR && p->events[i].own.opaque &&
            buf_append(&l->opaque, &dir, sizeof dir) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int lint_device(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    int r = tell(l, "device-whiteout", LINT_WARNING, e->layer, p,
                 "a character device 0/0, which removes the name where layers are unpacked for overlayfs");

    return r < 0 || !is_in_opaque(l, p, e->layer)
               ? r
               : tell(
                     l, "opaque-with-device", LINT_WARNING, e->layer, p,
                     "a character device 0/0 in an opaque directory, which overlayfs shows as a name without a file");
}

/* Judges the layer's own entry. `before`: the event beneath, or NULL. */
static int lint_entry(const struct linting *l, const struct study_path *p, const struct study_event *e,
                      const struct study_event *before)
{
    const struct index_inode *in = &e->own_inode;
    int r = 0;

    if (e->own.kind == FACT_WHITEOUT && e->change == STUDY_NOTHING)
        return tell(l, "whiteout-without-target", LINT_WARNING, e->layer, p,
                    "removes a path that no lower layer has");
    if (in->flags & INODE_LOWER_LINK && e->own.kind == FACT_FILE)
        return tell(l, "hardlink-across-layers", LINT_WARNING, e->layer, p,
                    "a hard link to a file of a lower layer, which tools may fail on");
    if (e->own.kind == FACT_DIR && !e->own.passive && before && before->after.exists &&
        S_ISLNK(before->after.inode.mode) && e->change == STUDY_CONTENT)
        return tell(
            l, "directory-over-link", LINT_WARNING, e->layer, p,
            "replaces a symbolic link of a lower layer by a directory; some tools follow the link instead");
    if (e->own.kind == FACT_DIR && e->own.implicit && !e->own.passive && p->depth && e->after.number == 0 &&
        (e->change == STUDY_ADDED || e->change == STUDY_CONTENT))
        return tell(l, "missing-parent", LINT_WARNING, e->layer, p,
                    "the archive has files in this directory, and no layer has an entry for it");
    if (r == 0 && is_device_whiteout(e))
        r = lint_device(l, p, e);
    if (r == 0 && (e->own.kind == FACT_FILE || (e->own.kind == FACT_DIR && !e->own.implicit)))
        r = lint_xattrs(l, p, e);
    return r;
}

static bool is_secret_in(const struct study_path *p, const struct study_event *e)
{
    return e->own.kind == FACT_FILE && S_ISREG(e->after.inode.mode) && e->after.inode.size &&
           lint_is_secret(p->text);
}

enum {
    IDS = 65536, /* that a user namespace has as a rule */
};
#define TAR_SIZE UINT64_C(0x1ffffffff) /* the largest in a header without extensions */

/* Judges metadata that not every tool can keep. */
static int lint_inode(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    const struct index_inode *in = &e->after.inode;
    uint32_t layer = e->after.layer;
    int r = 0;

    if (in->uid >= IDS || in->gid >= IDS)
        r = tell(l, "large-owner", LINT_WARNING, layer, p,
                 "its owner is above 65535, which rootless engines cannot set as a rule");
    if (r == 0 && in->mtime.tv_sec < 0)
        r = tell(l, "negative-time", LINT_NOTE, layer, p, "its time is before 1970");
    if (r == 0 && S_ISREG(in->mode) && in->size > TAR_SIZE)
        r = tell(l, "large-file", LINT_NOTE, layer, p, "it is larger than 8 GiB");
    if (r == 0 && (S_ISCHR(in->mode) || S_ISBLK(in->mode)) && (in->rdev_major || in->rdev_minor))
        r = tell(l, "device", LINT_NOTE, layer, p, "a device, which rootless engines cannot make");
    return r;
}

static int lint_name(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    if (!utf8_valid(p->name, p->name_len))
        return tell(l, "not-utf8", LINT_WARNING, e->after.layer, p, "its name is not UTF-8");
    for (size_t i = 0, n; i < p->name_len; i += n) {
        uint32_t c = 0;

        n = utf8_decode(p->name + i, p->name_len - i, &c);
        if (inert_hides(c))
            return tell(l, "control-characters", LINT_WARNING, e->after.layer, p,
                        "its name has characters that act on a terminal or hide");
    }
    return 0;
}

/* Judges the path's state in the complete image. */
static int lint_last(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    const struct index_inode *in = &e->after.inode;
    int r = 0;

    if (!e->after.exists)
        return 0;
    if (S_ISREG(in->mode) && in->mode & (S_ISUID | S_ISGID))
        r = tell(l, in->mode & S_ISUID ? "setuid" : "setgid", LINT_NOTE, e->after.layer, p,
                 in->mode & S_ISUID ? "runs as its owner" : "runs as its group");
    if (r == 0 && in->mode & S_IWOTH && !S_ISLNK(in->mode) && !(S_ISDIR(in->mode) && in->mode & S_ISVTX) &&
        (S_ISREG(in->mode) || S_ISDIR(in->mode)))
        r = tell(l, "world-writable", LINT_WARNING, e->after.layer, p, "it is world-writable");
    if (r == 0 && p->depth)
        r = lint_inode(l, p, e);
    return r == 0 ? lint_name(l, p, e) : r;
}

static int lint_path(const struct linting *l, const struct study_path *p)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < p->n; i++) {
        const struct study_event *e = &p->events[i];

        r = lint_entry(l, p, e, i ? e - 1 : NULL);
        if (r == 0 && is_secret_in(p, e))
            r = e->hidden_by == STUDY_NEVER
                    ? tell(l, "secret", LINT_NOTE, e->layer, p, "its name is that of a secret")
                    : tell(
                          l, "hidden-secret", LINT_WARNING, e->layer, p,
                          "its name is that of a secret; a later layer hides it, but who has the image has it");
    }
    return r == 0 && p->n ? lint_last(l, p, &p->events[p->n - 1]) : r;
}

int study_lint(struct study *s, lint_tell_fn told, void *ctx)
{
    struct linting l = {.s = s, .tell = told, .ctx = ctx, .opaque = BUF_INIT};
    const struct study_path *p;
    int r = study_rewind(s);

    while (r == 0 && (r = study_next(s, &p)) > 0) {
        r = take_opaque(&l, p);
        if (r == 0)
            r = lint_path(&l, p);
    }
    buf_free(&l.opaque);
    return r;
}
