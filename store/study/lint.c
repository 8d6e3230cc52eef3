/* SPDX-License-Identifier: Apache-2.0 */
#include "study/lint.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "study/events.h"

struct linting {
    struct study *s;
    lint_tell_fn tell;
    void *ctx;
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
        else if (has_prefix(&x, "security.selinux"))
            r = tell(l, "selinux-xattr", LINT_NOTE, e->layer, p,
                     "has the SELinux label of the machine that built it");
    }
    return r;
}

/* Judges the layer's own entry. */
static int lint_entry(const struct linting *l, const struct study_path *p, const struct study_event *e)
{
    const struct index_inode *in = &e->own_inode;
    int r = 0;

    if (e->own.kind == FACT_WHITEOUT && e->change == STUDY_NOTHING)
        return tell(l, "whiteout-without-target", LINT_WARNING, e->layer, p,
                    "removes a path that no lower layer has");
    if (in->flags & INODE_LOWER_LINK && e->own.kind == FACT_FILE)
        return tell(l, "hardlink-across-layers", LINT_WARNING, e->layer, p,
                    "a hard link to a file of a lower layer, which tools may fail on");
    if (e->own.kind == FACT_DIR && e->own.implicit && !e->own.passive && p->depth && e->after.number == 0 &&
        (e->change == STUDY_ADDED || e->change == STUDY_CONTENT))
        return tell(l, "missing-parent", LINT_WARNING, e->layer, p,
                    "the archive has files in this directory, and no layer has an entry for it");
    if (e->own.kind == FACT_FILE && S_ISCHR(in->mode) && in->rdev_major == 0 && in->rdev_minor == 0)
        r = tell(l, "device-whiteout", LINT_WARNING, e->layer, p,
                 "a character device 0/0, which removes the name where layers are unpacked for overlayfs");
    if (r == 0 && (e->own.kind == FACT_FILE || (e->own.kind == FACT_DIR && !e->own.implicit)))
        r = lint_xattrs(l, p, e);
    return r;
}

static bool is_secret_in(const struct study_path *p, const struct study_event *e)
{
    return e->own.kind == FACT_FILE && S_ISREG(e->after.inode.mode) && e->after.inode.size &&
           lint_is_secret(p->text);
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
    return r;
}

static int lint_path(const struct linting *l, const struct study_path *p)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < p->n; i++) {
        const struct study_event *e = &p->events[i];

        r = lint_entry(l, p, e);
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
    const struct linting l = {s, told, ctx};
    const struct study_path *p;
    int r = study_rewind(s);

    while (r == 0 && (r = study_next(s, &p)) > 0)
        r = lint_path(&l, p);
    return r;
}
