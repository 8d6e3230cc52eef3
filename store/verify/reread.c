/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/reread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "import/import.h"
#include "import/pipeline.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"

/* The destination of a layer that is read again. */
struct reread {
    struct store *s;
    const struct digest *diff_id;
    int dirfd;
    const char *name;
    const atomic_bool *cancel;
    struct err *err;
};

/* Reads the layer from a blob, and checks the blob meanwhile. */
static int read_blob(const struct reread *re, const struct digest *blob)
{
    struct import_limits limits;
    uint64_t size;
    char text[DIGEST_STRING_MAX];
    cleanup_fd int fd = store_open_blob(re->s, blob, &size, re->err);
    int r;

    if (fd < 0)
        return fd;
    import_limits_default(&limits);
    struct layer_job job = {
        .blob = {.fd = fd, .size = size},
        .blob_digest = blob,
        .diff_id = re->diff_id,
        .dirfd = re->dirfd,
        .layer_name = re->name,
        .max_files = limits.max_files,
        .max_size = limits.max_layer_size,
        .cancel = re->cancel,
    };
    r = layer_job_run(&job, re->err);
    if (r < 0) {
        beneath_remove(re->dirfd, re->name);
        err_prefix(re->err, r, "blob %s", digest_string(blob, text));
    }
    return r;
}

/* Is it the blob's fault, so that another blob may do? */
static bool is_of_blob(int r)
{
    return r != -ECANCELED && r != -ENOMEM && r != -ENOSPC && r != -EDQUOT && r != -EMFILE && r != -ENFILE;
}

static int try_images(const struct reread *re, const struct needs *needs)
{
    int r = -ENOENT;

    for (size_t i = 0; r < 0 && is_of_blob(r) && i < needs->n_pairs; i++)
        if (digest_equal(&needs->pairs[i].layer, re->diff_id))
            r = read_blob(re, &needs->pairs[i].blob);
    return r;
}

static int try_markers(const struct reread *re)
{
    char path[OBJECT_PATH_MAX];
    cleanup_dir DIR *dir = NULL;
    int r = object_path(OBJECT_LAYER, re->diff_id, path), e;

    if (r < 0)
        return r;
    snprintf(path + strlen(path), sizeof path - strlen(path), "/from");
    if (dir_of(store_open_dir(re->s, path), &dir) < 0)
        return -ENOENT;
    r = -ENOENT;
    for (const struct dirent *entry; r < 0 && is_of_blob(r) && (entry = dir_next(dir, &e));) {
        struct digest blob;

        if (from_parse(entry->d_name, &blob) == 0)
            r = read_blob(re, &blob);
    }
    return r;
}

int reread_layer(struct store *s, const struct needs *needs, const struct digest *diff_id, int dirfd,
                 const char *name, const atomic_bool *cancel, struct err *err)
{
    struct err line = {""};
    const struct reread re = {s, diff_id, dirfd, name, cancel, &line};
    int r = try_images(&re, needs);

    if (r < 0 && is_of_blob(r) && try_markers(&re) == 0)
        r = 0;
    if (r < 0 && !line.text[0])
        return err_set(err, ENOENT, "no blob is known that it could be read from");
    if (r < 0 && err)
        *err = line;
    return r;
}
