/* SPDX-License-Identifier: Apache-2.0 */
#include "export/commit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "export/new_tree.h"
#include "export/take_layer.h"
#include "image/config_edit.h"
#include "image/reference.h"
#include "import/decompress.h"
#include "import/known.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define BLOB_NAME  "blob"
#define LAYER_NAME "layer"

struct commit {
    struct store *store;
    const struct commit_options *options;
    struct branch_info info; /* of the branch */
    struct image base;
    enum compression compression;
    struct tx *tx;
    struct taken_layer layer;
    int64_t created;
    /* Of the new image, bottom first. */
    struct digest *diff_ids;
    struct descriptor *layers;
    size_t n_layers;
    struct err *err;
};

static void commit_done(struct commit *c)
{
    for (size_t i = 0; c->layers && i < c->n_layers; i++)
        descriptor_clear(&c->layers[i]);
    free(c->layers);
    free(c->diff_ids);
    image_free(&c->base);
    branch_info_clear(&c->info);
}

/* ---- the base */

static int now_or_epoch(int64_t *ret, struct err *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;

    *ret = time(NULL);
    if (!text || !*text)
        return 0;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    return *end || errno || *ret < 0 || *ret > CONFIG_TIME_MAX
               ? err_set(err, EINVAL, "SOURCE_DATE_EPOCH=%s: not a number of seconds", text)
               : 0;
}

/* Loads the base by its digest: its name may be another image's now, or no image's. */
static int load_base(struct commit *c)
{
    static char type[] = MT_OCI_MANIFEST;
    struct catalog_entry e = {.manifest = {.media_type = type, .digest = c->info.manifest}};
    int fd = store_open_blob(c->store, &c->info.manifest, &e.manifest.size, c->err);

    if (fd < 0)
        return fd;
    close(fd);
    return store_load_image(c->store, &e, &c->base, c->err);
}

/* Uses the compression of the base's topmost layer, so that readers of the base can read the new one;
 * gzip, which every tool reads, if the base has no layers or an invalid one. */
static int choose_compression(struct commit *c)
{
    static const enum compression kinds[] = {COMPRESSION_ZSTD, COMPRESSION_GZIP, COMPRESSION_NONE};
    size_t n = c->base.manifest.n_layers;
    uint8_t magic[DECOMPRESS_MAGIC];
    cleanup_fd int fd = -1;
    const char *type;
    ssize_t len;

    c->compression = c->options->compression;
    if (c->compression != COMPRESSION_UNSAID)
        return 0;
    c->compression = COMPRESSION_GZIP;
    if (n == 0)
        return 0;
    fd = store_open_blob(c->store, &c->base.manifest.layers[n - 1].digest, NULL, c->err);
    if (fd < 0)
        return fd;
    len = fd_pread(fd, magic, sizeof magic, 0);
    if (len < 0)
        return err_errno(c->err, (int)-len, "reading a layer of the image beneath");
    type = decompressor_media_type(magic, (size_t)len);
    for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, compression_media_type(kinds[i])) == 0)
            c->compression = kinds[i];
    return 0;
}

/* ---- the layer */

static int take(struct commit *c)
{
    const struct commit_options *o = c->options;
    struct take_job job = {
        .fd = -1,
        .dirfd = tx_fd(c->tx),
        .blob_name = BLOB_NAME,
        .layer_name = LAYER_NAME,
        .compression = c->compression,
        .cancel = o->cancel,
        .progress = o->progress,
        .ctx = o->ctx,
    };
    struct err ended = {""};
    int r = 0, end;

    job.known = known_new(c->store);
    if (!job.known)
        return err_errno(c->err, ENOMEM, "cannot list the contents of the store");
    r = o->start(o->stream, c->store, o, &job.fd, c->err);
    if (r < 0) {
        known_free(job.known);
        return r;
    }
    r = take_layer(&job, &c->layer, c->err);
    known_free(job.known);
    close(job.fd);
    end = o->stream_end(o->stream, r < 0, &ended);
    if (r == 0 || (end < 0 && r != -ECANCELED && ended.text[0])) { /* report the cause, not its effect on
                                                                    * the reader */
        r = end;
        *c->err = ended;
    }
    return r;
}

static int register_layer(struct commit *c)
{
    int r = tx_add_blob(c->tx, BLOB_NAME, &c->layer.blob);

    if (r == 0)
        r = tx_add_layer(c->tx, LAYER_NAME, &c->layer.diff_id);
    if (r == 0)
        r = tx_add_from(c->tx, &c->layer.diff_id, &c->layer.blob);
    return r < 0 ? err_errno(c->err, -r, "the new layer") : 0;
}

/* Lists the layers of the new image: the base's, and the new one. */
static int list_layers(struct commit *c)
{
    size_t n = c->options->squash ? 0 : c->base.config.n_diff_ids;
    int r = 0;

    c->diff_ids = calloc(n + 1, sizeof *c->diff_ids);
    c->layers = calloc(n + 1, sizeof *c->layers);
    if (!c->diff_ids || !c->layers)
        return err_errno(c->err, ENOMEM, "the new image");
    for (; r == 0 && c->n_layers < n; c->n_layers++) {
        const struct descriptor *base = &c->base.manifest.layers[c->n_layers];
        struct descriptor *d = &c->layers[c->n_layers];

        c->diff_ids[c->n_layers] = c->base.config.diff_ids[c->n_layers];
        *d = (struct descriptor){.media_type = strdup(media_type_oci(base->media_type)),
                                 .digest = base->digest,
                                 .size = base->size};
        r = d->media_type ? 0 : -ENOMEM;
    }
    if (r == 0 && !c->layer.nothing) {
        c->diff_ids[n] = c->layer.diff_id;
        c->layers[n] = (struct descriptor){.media_type = strdup(compression_media_type(c->compression)),
                                           .digest = c->layer.blob,
                                           .size = c->layer.blob_size};
        c->n_layers++;
        r = c->layers[n].media_type ? 0 : -ENOMEM;
    }
    return r < 0 ? err_errno(c->err, -r, "the new image") : 0;
}

/* ---- the image */

static int edit_config(struct commit *c, char **ret, size_t *ret_len, struct digest *ret_digest)
{
    const struct commit_options *o = c->options;
    char created_by[STORE_BRANCH_NAME_MAX + 16];
    const struct config_edit e = {
        .diff_id = c->layer.diff_id.alg == DIGEST_NONE ? NULL : &c->layer.diff_id,
        .alone = o->squash,
        .created = c->created,
        .created_by = created_by,
        .comment = o->message,
        .author = o->author,
        .instructions = o->changes,
        .n_instructions = o->n_changes,
    };

    snprintf(created_by, sizeof created_by, "mica commit %s", o->branch);
    return config_edit(c->base.config_json, c->base.config_len, &e, ret, ret_len, ret_digest, c->err);
}

/* Refuses instructions that the base's config makes impossible, before any work. */
static int try_config(struct commit *c)
{
    cleanup_free char *json = NULL;
    struct digest digest;
    size_t len;

    return edit_config(c, &json, &len, &digest);
}

static int put_config(struct commit *c, struct descriptor *ret)
{
    cleanup_free char *json = NULL;
    size_t len;
    int r = edit_config(c, &json, &len, &ret->digest);

    if (r < 0)
        return r;
    ret->size = len;
    return tx_put_blob(c->tx, json, len, &ret->digest, c->err);
}

static int put_manifest(struct commit *c, const struct descriptor *config, struct descriptor *ret)
{
    cleanup_free char *json = NULL;
    size_t len;
    int r = manifest_write(config, c->layers, c->n_layers, &json, &len);

    if (r == 0)
        r = digest_of(DIGEST_SHA256, json, len, &ret->digest);
    if (r < 0)
        return err_errno(c->err, -r, "the new manifest");
    ret->size = len;
    return tx_put_blob(c->tx, json, len, &ret->digest, c->err);
}

/* Does everything but the commit of the transaction. */
static int make(struct commit *c, struct descriptor *ret)
{
    static char config_type[] = MT_OCI_CONFIG, manifest_type[] = MT_OCI_MANIFEST;
    struct descriptor config = {.media_type = config_type};
    int r = take(c);

    *ret = (struct descriptor){.media_type = manifest_type};
    if (r == 0 && !c->layer.nothing)
        r = register_layer(c);
    if (r == 0)
        r = list_layers(c);
    if (r == 0)
        r = new_tree(c->store, c->tx, c->diff_ids, c->n_layers, c->layer.nothing ? NULL : LAYER_NAME,
                     c->options->cancel, c->err);
    if (r == 0)
        r = put_config(c, &config);
    return r < 0 ? r : put_manifest(c, &config, ret);
}

/* Finds the image that has the name now, DIGEST_NONE for none. With `early` also refuses a conflict before
 * any work; not for use with SOURCE_DATE_EPOCH, where the new image can equal the existing one. */
static int find_before(struct commit *c, bool early, struct digest *ret)
{
    struct tx_name name = {.name = c->options->name, .taken = c->options->taken};
    struct catalog catalog;
    int r = store_catalog(c->store, &catalog, c->err);

    if (r < 0)
        return r;
    *ret = (struct digest){.alg = DIGEST_NONE};
    for (size_t i = 0; i < catalog.n; i++)
        if (catalog.entries[i].name && strcmp(catalog.entries[i].name, name.name) == 0)
            *ret = catalog.entries[i].manifest.digest;
    r = early ? tx_names_settle(&catalog, &name, 1, c->err) : 0;
    catalog_free(&catalog);
    return r;
}

static int commit_held(struct commit *c, struct commit_result *ret)
{
    struct descriptor manifest;
    struct digest before;
    int r = now_or_epoch(&c->created, c->err);

    if (r == 0)
        r = find_before(c, !getenv("SOURCE_DATE_EPOCH"), &before);
    if (r == 0)
        r = tx_begin(c->store, &c->tx, c->err);
    if (r < 0)
        return r;
    r = load_base(c);
    if (r == 0)
        r = try_config(c);
    if (r == 0)
        r = choose_compression(c);
    if (r == 0)
        r = make(c, &manifest);
    if (r < 0) {
        tx_abort(c->tx);
        return r;
    }
    *ret = (struct commit_result){
        .manifest = manifest.digest,
        .diff_id = c->layer.diff_id,
        .layer_size = c->layer.size,
        .blob_size = c->layer.nothing ? 0 : c->layer.blob_size,
        .layers = c->n_layers,
    };
    if (!digest_equal(&before, &manifest.digest))
        ret->replaced = before;
    return tx_commit(c->tx, &(struct tx_name){c->options->name, manifest, c->options->taken}, 1, c->err);
}

static int say_unmount(struct err *err)
{
    const struct err who = *err;

    return err_set(err, EBUSY, "%s; unmount it first, its changes stay in the branch", who.text);
}

int commit_branch(struct store *s, const struct commit_options *o, struct commit_result *ret, struct err *err)
{
    struct commit c = {.store = s, .options = o, .err = err};
    struct branch_hold *hold;
    int r = reference_check(o->name, err);

    if (r == 0)
        r = store_branch_hold(s, o->branch, &hold, err);
    if (r == -EBUSY)
        return say_unmount(err);
    if (r < 0)
        return r;
    r = store_branch_info(hold, &c.info, err);
    if (r == 0)
        r = commit_held(&c, ret);
    store_branch_release(hold);
    commit_done(&c);
    return r;
}
