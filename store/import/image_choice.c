/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses an image of an index: first collects all candidates, also of nested indexes; then tries them,
 * the nearest to the wanted platform first. Skips a candidate that turns out to be no image. */
#include "import/image_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import/image_reader.h"
#include "os/array.h"
#include "os/cleanup.h"

#define MAX_DEPTH      8u /* of nested indexes */
#define MAX_INDEXES    64u
#define MAX_CANDIDATES 1024u

struct choice {
    struct image_reader *reader;
    bool any_platform;
    struct descriptor *candidates; /* with a given platform that runs */
    size_t n;
    /* The best so far of those whose platform only the config gives. */
    struct source_image unsaid;
    bool has_unsaid, unsaid_runs;
    int trouble; /* of a skipped one: -EMEDIUMTYPE or -ENOENT */
    struct err why;
};

static void choice_done(struct choice *c)
{
    for (size_t i = 0; i < c->n; i++)
        descriptor_clear(&c->candidates[i]);
    free(c->candidates);
    source_image_free(&c->unsaid);
}

static int add_candidate(struct choice *c, const struct descriptor *d, struct err *err)
{
    struct descriptor *grown;

    if (c->n >= MAX_CANDIDATES)
        return err_set(err, E2BIG, "it contains more than %u images for one platform", MAX_CANDIDATES);
    grown = array_room(c->candidates, c->n, sizeof(*grown));
    if (grown)
        c->candidates = grown;
    if (!grown || descriptor_copy(d, &grown[c->n]) < 0)
        return err_errno(err, ENOMEM, "cannot read the source");
    c->n++;
    return 0;
}

static bool is_nearer(const struct choice *c, const struct source_image *image)
{
    return !c->unsaid_runs ||
           platform_compare(&image->parsed_config.platform, &c->unsaid.parsed_config.platform,
                            &c->reader->opt->platform) < 0;
}

/* Keeps the image if it is the best of those with a platform only in the config. */
static void weigh(struct choice *c, struct source_image *image, bool any_platform)
{
    bool runs = !image_reader_is_foreign(c->reader, image);

    if (!runs && (!any_platform || c->has_unsaid))
        return;
    if (runs && !is_nearer(c, image))
        return;
    source_image_free(&c->unsaid);
    c->unsaid = *image;
    *image = (struct source_image){0};
    c->has_unsaid = true;
    c->unsaid_runs = runs;
}

/* Skips an artifact beside images, and an incomplete image beside a complete one. */
static int pass_over(struct choice *c, int error, const struct err *why, struct err *err)
{
    if (error != -EMEDIUMTYPE && error != -ENOENT) {
        if (err)
            *err = *why;
        return error;
    }
    if (!c->trouble) {
        c->trouble = error;
        c->why = *why;
    }
    return 0;
}

static int read_unsaid(struct choice *c, const struct descriptor *d, bool any_platform, struct err *err)
{
    struct source_image image = {0};
    struct err why = {{0}};
    int n = image_reader_manifest(c->reader, d, &image, &why);

    if (n < 0)
        return pass_over(c, n, &why, err);
    weigh(c, &image, any_platform);
    source_image_free(&image);
    return 0;
}

static int pass_other(struct choice *c, const struct descriptor *d, struct err *err)
{
    struct err why = {{0}};

    return pass_over(
        c, err_set(&why, EMEDIUMTYPE, "it contains no image, but %s", media_type_told(d->media_type)), &why,
        err);
}

static int collect_index(struct choice *c, const struct descriptor *d, unsigned depth, struct err *err);

static int collect(struct choice *c, const struct descriptor *d, unsigned depth, struct err *err)
{
    if (d->attestation || d->artifact_type || image_reader_passes_over(c->reader, d))
        return 0;
    switch (media_kind(d->media_type)) {
    case MEDIA_INDEX:
        return collect_index(c, d, depth, err);
    case MEDIA_MANIFEST:
        break;
    default: /* a descriptor in index.json may have no type */
        if (depth > 0 || d->media_type[0])
            return pass_other(c, d, err);
    }
    return d->has_platform ? add_candidate(c, d, err) : read_unsaid(c, d, c->any_platform && depth == 0, err);
}

static int collect_index(struct choice *c, const struct descriptor *d, unsigned depth, struct err *err)
{
    struct index_json nested = {0};
    cleanup_free char *json = NULL;
    size_t len;
    struct err why = {{0}};
    int n;

    if (depth >= MAX_DEPTH || ++c->reader->n_indexes > MAX_INDEXES)
        return err_set(err, E2BIG, "the image indexes are nested too deep");
    n = image_reader_blob(c->reader, d, true, &json, &len, &why);
    if (n == 0)
        n = index_json_parse(json, len, &nested, &why);
    if (n < 0)
        return pass_over(c, err_prefix(&why, n, "image index"), &why, err);
    for (size_t i = 0; n == 0 && i < nested.n; i++)
        n = collect(c, &nested.manifests[i], depth + 1, err);
    index_json_free(&nested);
    return n;
}

/* Takes the next candidate to try. */
static struct descriptor *take_nearest(struct choice *c)
{
    struct descriptor *best = NULL;

    for (size_t i = 0; i < c->n; i++) {
        struct descriptor *d = &c->candidates[i];

        if (d->has_platform &&
            (!best || platform_compare(&d->platform, &best->platform, &c->reader->opt->platform) < 0))
            best = d;
    }
    if (best)
        best->has_platform = false; /* it was tried */
    return best;
}

static int choose(struct choice *c, struct source_image *ret, struct err *err)
{
    for (const struct descriptor *d; (d = take_nearest(c)) != NULL;) {
        struct err why = {{0}};
        int n = image_reader_manifest(c->reader, d, ret, &why);

        if (n == -EMEDIUMTYPE)
            n = pass_over(c, n, &why, err);
        else if (n < 0 && err)
            *err = why;
        if (n != 0)
            return n;
    }
    if (c->has_unsaid) {
        *ret = c->unsaid;
        c->unsaid = (struct source_image){0};
        return 1;
    }
    if (c->trouble == -EMEDIUMTYPE && c->reader->platforms.len)
        return 0; /* the error of images of other platforms is more useful */
    if (c->trouble && err)
        *err = c->why;
    return c->trouble;
}

int image_reader_choose(struct image_reader *r, const struct descriptor *const *list, size_t n,
                        bool any_platform, struct source_image *ret, struct err *err)
{
    struct choice c = {.reader = r, .any_platform = any_platform};
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++)
        result = collect(&c, list[i], 0, err);
    if (result == 0)
        result = choose(&c, ret, err);
    choice_done(&c);
    return result;
}
