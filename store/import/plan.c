/* SPDX-License-Identifier: Apache-2.0 */
#include "import/plan.h"

#include <inttypes.h>
#include <search.h>
#include <string.h>

#include "disk/catalog_names.h"
#include "image/reference.h"
#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

static int compare_digests(const struct digest *a, const struct digest *b)
{
    if (a->alg != b->alg)
        return a->alg < b->alg ? -1 : 1;
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int by_layer(const void *pa, const void *pb)
{
    const struct layer_work *a = pa, *b = pb;

    return compare_digests(&a->layer->diff_id, &b->layer->diff_id);
}

static int by_layer_and_blob(const void *pa, const void *pb)
{
    const struct layer_work *a = pa, *b = pb;
    int r = by_layer(a, b);

    return r ? r : compare_digests(&a->layer->blob.digest, &b->layer->blob.digest);
}

const struct layer_work *plan_maker(const struct plan *p, const struct digest *diff_id)
{
    const struct source_layer layer = {.diff_id = *diff_id};
    const struct layer_work key = {.layer = &layer};
    struct layer_work *const *found = tfind(&key, &p->by_layer, by_layer);

    return found ? *found : NULL;
}

/* Is the blob in the store, with the size that the source gives? It is not read again, and readers of the
 * manifest rely on the size. */
static bool has_blob(struct store *s, const struct descriptor *blob)
{
    uint64_t size;
    cleanup_fd int fd = store_open_blob(s, &blob->digest, &size, NULL);

    return fd >= 0 && size == blob->size;
}

/* Is the layer in the store, so that there is no work for it? */
static bool is_here(struct store *s, const struct source_layer *l)
{
    return store_layer_opens(s, &l->diff_id) && store_layer_is_from(s, &l->diff_id, &l->blob.digest) &&
           has_blob(s, &l->blob);
}

/* Gets the size of the member that the work will read. */
static int measure(const struct source *source, struct layer_work *w, struct err *err)
{
    const struct source_layer *l = w->layer;
    struct extent x;
    int r = source_layer_extent(source->container, l, &x, err);

    if (r < 0)
        return r;
    w->size = x.size;
    extent_done(&x);
    if (w->size != l->blob.size)
        return err_set(err, EBADMSG, "%s has %" PRIu64 " bytes, not %" PRIu64 " as the manifest says",
                       l->path, w->size, l->blob.size);
    return 0;
}

static int add_work(struct plan *p, struct layer_work *w)
{
    struct layer_work **works = array_room(p->works, p->n_works, sizeof(struct layer_work *));

    if (!works)
        return -ENOMEM;
    p->works = works;
    if (!tsearch(w, &p->by_layer_and_blob, by_layer_and_blob))
        return -ENOMEM;
    works[p->n_works++] = w; /* the plan owns it from here on */
    if (w->make_layer && !tsearch(w, &p->by_layer, by_layer))
        return -ENOMEM;
    p->total += w->size;
    return 0;
}

static int need_work(struct plan *p, const struct source *source, size_t image, size_t index, struct err *err)
{
    const struct source_layer *l = &source->images[image].layers[index];
    const struct layer_work key = {.layer = l, .image = image, .index = index};
    cleanup_free struct layer_work *w = NULL;
    size_t before = p->n_works;
    int r;

    if (tfind(&key, &p->by_layer_and_blob, by_layer_and_blob))
        return 0;
    w = malloc(sizeof(*w));
    if (!w)
        return err_errno(err, ENOMEM, "cannot plan the import");
    *w = key;
    w->make_layer = !store_layer_opens(p->store, &l->diff_id) && !plan_maker(p, &l->diff_id);
    w->make_blob = !has_blob(p->store, &l->blob);
    w->mends_layer = w->make_layer && store_has_layer(p->store, &l->diff_id);
    w->mends_blob = w->make_blob && store_has_blob(p->store, &l->blob.digest);
    r = measure(source, w, err);
    if (r < 0)
        return r;
    r = add_work(p, w);
    if (p->n_works > before)
        (void)steal_ptr(&w);
    return r < 0 ? err_errno(err, -r, "cannot plan the import") : 0;
}

static int plan_layers(struct plan *p, const struct source *source, size_t image, struct err *err)
{
    struct planned_image *pi = &p->images[image];
    const struct source_image *si = pi->source;
    int r = 0;

    for (size_t i = 0; r == 0 && i < si->n_layers; i++) {
        if (is_here(p->store, &si->layers[i])) {
            pi->here++;
            continue;
        }
        r = need_work(p, source, image, i, err);
        if (r < 0)
            err_prefix(err, r, "layer %zu of %zu", i + 1, si->n_layers);
    }
    if (r == 0)
        r = digest_chain(si->parsed_config.diff_ids, si->n_layers, &pi->chain_id);
    return r;
}

/* Has the store a small blob with the right bytes? */
static bool has_description(struct store *s, const struct digest *d)
{
    cleanup_free char *json = NULL;
    size_t len;

    return store_read_blob(s, d, &json, &len, NULL) == 0;
}

/* Is the catalog's entry this image, with all its parts in the store? */
static bool is_entry(struct store *s, const struct catalog_entry *e, const struct source_image *si)
{
    return digest_equal(&e->manifest.digest, &si->manifest.digest) &&
           has_description(s, &si->manifest.digest) && has_description(s, &si->config.digest);
}

/* Finds the image under `name`, or, without a name, under any name or none. */
static bool is_listed(struct store *s, const struct catalog *c, const char *name,
                      const struct planned_image *pi)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct catalog_entry *e = &c->entries[i];

        if (name && (!e->name || strcmp(e->name, name) != 0))
            continue;
        if (is_entry(s, e, pi->source))
            return true;
    }
    return false;
}

static const struct catalog_entry *find_name(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && strcmp(c->entries[i].name, name) == 0)
            return &c->entries[i];
    return NULL;
}

/* Leaves names to the images that have them, and omits names that would hide one of another image. */
static void leave_taken(struct plan *p, const struct catalog *c, struct planned_image *pi)
{
    size_t n = 0;

    for (size_t i = 0; i < pi->n_names; i++) {
        const struct catalog_entry *e = catalog_hidden_by(c, pi->names[i]);

        if (!e || is_entry(p->store, e, pi->source))
            pi->names[n++] = pi->names[i];
        else if (!pi->stays)
            pi->stays = pi->names[i];
    }
    pi->n_names = n;
}

/* Refuses names as the commit would, before any work. */
static int check_names(struct plan *p, const struct catalog *c, struct err *err)
{
    cleanup_free struct tx_name *names = NULL;
    size_t n = 0, k = 0;

    for (size_t i = 0; i < p->n_images; i++)
        n += p->images[i].n_names;
    names = calloc(n + 1, sizeof(*names));
    if (!names)
        return err_errno(err, ENOMEM, "cannot plan the import");
    for (size_t i = 0; i < p->n_images; i++) {
        const struct planned_image *pi = &p->images[i];

        for (size_t j = 0; j < pi->n_names; j++) {
            names[k++] = (struct tx_name){
                .name = pi->names[j], .manifest.digest = pi->source->manifest.digest, .taken = p->taken};
        }
    }
    return tx_names_settle(c, names, n, err);
}

static void find_unchanged(struct plan *p, const struct catalog *c, struct planned_image *pi)
{
    bool listed = true;

    if (pi->here != pi->source->n_layers || !store_tree_opens(p->store, &pi->chain_id))
        return;
    for (size_t i = 0; listed && i < pi->n_names; i++)
        listed = is_listed(p->store, c, pi->names[i], pi);
    pi->unchanged = listed && (pi->n_names > 0 || is_listed(p->store, c, NULL, pi));
}

static void find_before(const struct catalog *c, struct planned_image *pi)
{
    for (size_t i = 0; i < pi->n_names; i++) {
        const struct catalog_entry *e = find_name(c, pi->names[i]);

        if (e)
            pi->before[i] = e->manifest.digest;
    }
}

static int give_names(struct plan *p, size_t image, const char *name, struct err *err)
{
    struct planned_image *pi = &p->images[image];
    const struct source_image *si = pi->source;

    pi->n_names = name ? 1 : si->n_names;
    pi->names = calloc(pi->n_names + 1, sizeof(*pi->names));
    pi->before = calloc(pi->n_names + 1, sizeof(*pi->before));
    if (!pi->names || !pi->before)
        return err_errno(err, ENOMEM, "cannot plan the import");
    for (size_t i = 0; i < pi->n_names; i++) {
        int r;

        pi->names[i] = name ? name : si->names[i];
        r = reference_check(pi->names[i], err);
        if (r < 0)
            return name ? r
                        : err_prefix(err, r, "the source's own name cannot be used (give one with --name)");
        for (size_t k = 0; k < image; k++)
            for (size_t j = 0; j < p->images[k].n_names; j++)
                if (strcmp(p->images[k].names[j], pi->names[i]) == 0)
                    return err_set(err, EINVAL, "two images of the source have the name \"%s\"",
                                   pi->names[i]);
    }
    return 0;
}

static int refuse_one_name(const struct source *source, struct err *err)
{
    cleanup_buf struct buf names = BUF_INIT;
    const char *text;

    for (size_t i = 0; i < source->n_images && names.len < 512; i++)
        if (source->images[i].n_names)
            (void)buf_printf(&names, "%s%s", names.len ? ", " : "", source->images[i].names[0]);
    text = buf_str(&names);
    return err_set(err, EINVAL, "one name cannot be given to %zu images; choose one by its tag: %s",
                   source->n_images, text && text[0] ? text : "@0, @1, ...");
}

static int larger_first(const void *pa, const void *pb)
{
    const struct layer_work *a = *(struct layer_work *const *)pa, *b = *(struct layer_work *const *)pb;

    return (a->size < b->size) - (a->size > b->size);
}

static int plan_images(struct plan *p, const struct source *source, const char *name, struct err *err)
{
    struct catalog catalog;
    int r = store_catalog(p->store, &catalog, err);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < source->n_images; i++) {
        p->images[i].source = &source->images[i];
        p->n_images = i + 1;
        r = give_names(p, i, name, err);
        if (r < 0)
            break;
        r = plan_layers(p, source, i, err);
        if (r < 0 && p->images[i].n_names)
            err_prefix(err, r, "%s", p->images[i].names[0]);
        if (r == 0 && p->taken == TX_NAME_STAYS)
            leave_taken(p, &catalog, &p->images[i]);
        if (r == 0)
            find_unchanged(p, &catalog, &p->images[i]);
        if (r == 0)
            find_before(&catalog, &p->images[i]);
    }
    if (r == 0)
        r = check_names(p, &catalog, err);
    catalog_free(&catalog);
    return r;
}

int plan_make(struct store *s, const struct source *source, const char *name, enum tx_name_taken taken,
              struct plan *ret, struct err *err)
{
    struct plan p = {.store = s, .taken = taken};
    int r;

    if (name && source->n_images != 1)
        return refuse_one_name(source, err);
    p.images = calloc(source->n_images, sizeof(*p.images));
    if (!p.images)
        return err_errno(err, ENOMEM, "cannot plan the import");
    r = plan_images(&p, source, name, err);
    if (r < 0) {
        plan_done(&p);
        return r;
    }
    if (p.n_works)
        qsort(p.works, p.n_works, sizeof(struct layer_work *), larger_first);
    *ret = p;
    return 0;
}

static void keep(void *work)
{
    (void)work;
}

void plan_done(struct plan *p)
{
    for (size_t i = 0; i < p->n_images; i++) {
        free(p->images[i].names);
        free(p->images[i].before);
    }
    free(p->images);
    tdestroy(p->by_layer, keep);
    tdestroy(p->by_layer_and_blob, keep);
    for (size_t i = 0; i < p->n_works; i++)
        free(p->works[i]);
    free(p->works);
    *p = (struct plan){0};
}
