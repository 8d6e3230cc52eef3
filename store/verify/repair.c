/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs in rounds: check, make again what can be made, commit. A restored manifest reveals layers, a restored layer
 * allows its tree to be built, so the next round finds more; the rounds end when one makes nothing. The last check
 * decides: an object counts as repaired only if that check finds it sound.
 */
#include "verify/repair.h"

#include <errno.h>
#include <string.h>

#include "import/import.h"
#include "os/array.h"
#include "os/cleanup.h"

#define ROUNDS 8

/* Is this fault still unrepaired? */
static bool is_open(const struct verify_finding *f)
{
    return f->fault != VERIFY_FOREIGN && !f->repaired;
}

/* Is the object already in the list? A layer can have several findings. */
static bool was_met(const struct verify_result *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (found->findings[i].fault != VERIFY_FOREIGN &&
            found->findings[i].object == found->findings[n].object &&
            digest_equal(&found->findings[i].digest, &found->findings[n].digest))
            return true;
    return false;
}

static int repair_one(struct repair *re, const struct verify_finding *f, struct err *err)
{
    switch (f->object) {
    case VERIFY_BLOB:
        return repair_blob(re, f, err);
    case VERIFY_LAYER:
        return repair_layer(re, f, err);
    case VERIFY_TREE:
        return repair_tree(re, f, err);
    case VERIFY_BRANCH:
        return err_set(err, ENOTSUP, "a branch has no second copy");
    case VERIFY_CATALOG:
        return err_set(err, ENOTSUP, "the catalog has no second copy");
    case VERIFY_FILE:
        break;
    }
    return err_set(err, ENOTSUP, "mica does not know how");
}

/* Is it pointless to go on after this errno? */
static bool is_trouble(int r)
{
    return r == -ECANCELED || r == -ENOMEM || r == -ENOSPC || r == -EDQUOT || r == -EMFILE || r == -ENFILE;
}

static int repair_all(struct repair *re, struct err *err)
{
    for (size_t i = 0; i < re->found->n; i++) {
        struct verify_finding *f = &re->found->findings[i];
        struct err why = {""};
        int r = !is_open(f) || was_met(re->found, i) ? 0 : repair_one(re, f, &why);

        if (is_trouble(r))
            return r == -ECANCELED ? err_set(err, ECANCELED, "interrupted")
                                   : err_set(err, -r, "cannot repair %s: %s", f->path, why.text);
        if (r < 0)
            f->unrepaired = strdup(why.text);
    }
    return 0;
}

static int open_source(struct repair *re, const struct source_ref *ref, struct source *ret, struct err *err)
{
    struct import_limits limits;

    import_limits_default(&limits);
    struct source_options how = {
        .max_layers = limits.max_layers,
        .max_size = limits.max_layer_size,
        .cancel = re->opt->cancel,
        .tmp_dirfd = tx_fd(re->tx),
    };
    platform_host(&how.platform);
    return source_open(ref, &how, ret, err);
}

/* Runs one round: *ret_made tells whether it made an object. */
static int run_round(struct store *s, const struct verify_options *opt, const struct source_ref *ref,
                     struct verify_result *found, bool *ret_made, struct err *err)
{
    struct repair re = {.s = s, .opt = opt, .found = found};
    struct source source = {.container = NULL};
    int r = tx_begin(s, &re.tx, err);

    *ret_made = false;
    if (r < 0)
        return r;
    (void)needs_find(s, opt->images, opt->n_images, &re.needs, NULL);
    if (ref)
        r = open_source(&re, ref, &source, err);
    if (r == 0 && ref)
        re.source = &source;
    if (r == 0)
        r = repair_all(&re, err);
    *ret_made = r == 0 && re.n_objects;
    if (re.source)
        source_close(&source);
    if (*ret_made)
        r = tx_commit(re.tx, NULL, 0, err);
    else
        tx_abort(re.tx);
    needs_free(&re.needs);
    return r;
}

static bool has_faults(const struct verify_result *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (is_open(&r->findings[i]))
            return true;
    return false;
}

static const struct verify_finding *find(const struct verify_result *in, const struct verify_finding *f)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->findings[i].object == f->object && digest_equal(&in->findings[i].digest, &f->digest) &&
            strcmp(in->findings[i].path, f->path) == 0)
            return &in->findings[i];
    return NULL;
}

/* Moves to `last` the earlier findings that are not in it: they were repaired or, if foreign files, removed by their
 * owner. */
static int take_repaired(struct verify_result *last, struct verify_result *earlier)
{
    for (size_t i = 0; i < earlier->n; i++) {
        struct verify_finding *f = &earlier->findings[i], *more;

        if (f->fault == VERIFY_FOREIGN || find(last, f))
            continue;
        more = array_room(last->findings, last->n, sizeof *more);
        if (!more)
            return -ENOMEM;
        last->findings = more;
        more[last->n] = *f;
        more[last->n].repaired = true;
        free(more[last->n].unrepaired);
        more[last->n++].unrepaired = NULL;
        *f = (struct verify_finding){.fault = VERIFY_FOREIGN, .path = strdup(""), .reason = strdup("")};
    }
    return 0;
}

/* Copies to the remaining findings why they could not be repaired, from the round before the last check. */
static void take_reasons(struct verify_result *last, struct verify_result *earlier)
{
    for (size_t i = 0; i < earlier->n; i++) {
        struct verify_finding *f = &earlier->findings[i];
        struct verify_finding *same = NULL;

        for (size_t k = 0; f->unrepaired && !same && k < last->n; k++)
            if (!last->findings[k].unrepaired &&
                find(&(struct verify_result){.findings = &last->findings[k], .n = 1}, f))
                same = &last->findings[k];
        if (same)
            same->unrepaired = steal_ptr(&f->unrepaired);
    }
}

int verify_repair(struct store *s, const struct verify_options *opt, const struct source_ref *source,
                  struct verify_result *ret, struct err *err)
{
    struct verify_result now = {.findings = NULL}, before;
    bool made = true;
    int r = verify_store(s, opt, &now, err);

    for (unsigned round = 0; r == 0 && made && has_faults(&now) && round < ROUNDS; round++) {
        r = run_round(s, opt, source, &now, &made, err);
        if (r < 0 || !made)
            break;
        before = now;
        r = verify_store(s, opt, &now, err);
        if (r < 0)
            now = (struct verify_result){.findings = NULL};
        take_reasons(&now, &before);
        if (r == 0 && take_repaired(&now, &before) < 0)
            r = err_errno(err, ENOMEM, "it was repaired, but cannot be reported");
        verify_result_free(&before);
    }
    if (r < 0) {
        verify_result_free(&now);
        return r;
    }
    *ret = now;
    return 0;
}
