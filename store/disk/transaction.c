/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/transaction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "disk/store.h"
#include "disk/tx.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

int tx_begin(struct store *s, struct tx **ret, struct err *err)
{
    cleanup_free struct tx *t = calloc(1, sizeof(*t));
    cleanup_fd int lock = -1;
    int r;

    if (!t)
        return err_errno(err, ENOMEM, "cannot write to the store %s", s->path);
    staging_sweep(s);
    lock = store_lock(s, LOCK_SH, err);
    if (lock < 0)
        return lock;
    r = staging_create(s, &t->staging);
    if (r < 0)
        return err_errno(err, -r, "cannot write to the store %s", s->path);
    t->store = s;
    pthread_mutex_init(&t->lock, NULL);
    *ret = steal_ptr(&t);
    return 0;
}

int tx_fd(const struct tx *t)
{
    return t->staging.fd;
}

void tx_abort(struct tx *t)
{
    if (!t)
        return;
    staging_remove(&t->staging);
    for (size_t i = 0; i < t->n_objects; i++)
        free(t->objects[i].tmp_name);
    free(t->objects);
    free(t->froms);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static int add_object(struct tx *t, enum object_kind kind, const char *tmp_name, const struct digest *d)
{
    struct tx_object *more;
    char *name;
    int r = 0;

    if (digest_len(d->alg) == 0 || !*tmp_name || strchr(tmp_name, '/') || strcmp(tmp_name, ".") == 0 ||
        strcmp(tmp_name, "..") == 0)
        return -EINVAL;
    name = strdup(tmp_name);
    if (!name)
        return -ENOMEM;
    pthread_mutex_lock(&t->lock);
    more = array_room(t->objects, t->n_objects, sizeof(*more));
    if (more) {
        t->objects = more;
        more[t->n_objects++] = (struct tx_object){.kind = kind, .digest = *d, .tmp_name = name};
    } else {
        r = -ENOMEM;
    }
    pthread_mutex_unlock(&t->lock);
    if (r < 0)
        free(name);
    return r;
}

int tx_add_blob(struct tx *t, const char *tmp_name, const struct digest *d)
{
    return add_object(t, OBJECT_BLOB, tmp_name, d);
}

int tx_add_layer(struct tx *t, const char *tmp_name, const struct digest *diff_id)
{
    return add_object(t, OBJECT_LAYER, tmp_name, diff_id);
}

int tx_add_tree(struct tx *t, const char *tmp_name, const struct digest *chain_id)
{
    return add_object(t, OBJECT_TREE, tmp_name, chain_id);
}

int tx_replace(struct tx *t, enum object_kind kind, const struct digest *d)
{
    int r = -ENOENT;

    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n_objects; i++) {
        struct tx_object *o = &t->objects[i];

        if (o->kind != kind || !digest_equal(&o->digest, d))
            continue;
        o->replaces = true;
        r = 0;
    }
    pthread_mutex_unlock(&t->lock);
    return r;
}

int tx_add_from(struct tx *t, const struct digest *diff_id, const struct digest *blob)
{
    struct tx_from *more;

    if (digest_len(diff_id->alg) == 0 || digest_len(blob->alg) == 0)
        return -EINVAL;
    pthread_mutex_lock(&t->lock);
    more = array_room(t->froms, t->n_froms, sizeof(*more));
    if (more) {
        t->froms = more;
        more[t->n_froms++] = (struct tx_from){*diff_id, *blob};
    }
    pthread_mutex_unlock(&t->lock);
    return more ? 0 : -ENOMEM;
}

/* Has the store a small blob with the bytes of its digest? */
static bool is_sound(struct store *s, const struct digest *d)
{
    struct store alone = {.fd = s->fd, .path = s->path};
    cleanup_free char *data = NULL;
    size_t len;

    return store_read_blob(&alone, d, &data, &len, NULL) == 0;
}

int tx_put_blob(struct tx *t, const void *data, size_t len, const struct digest *d, struct err *err)
{
    char name[32], label[OBJECT_LABEL_MAX];
    cleanup_fd int fd = -1;
    unsigned number;
    int r;

    object_label(OBJECT_BLOB, d, label);
    if (is_sound(t->store, d))
        return 0;
    pthread_mutex_lock(&t->lock);
    number = t->n_put++;
    pthread_mutex_unlock(&t->lock);
    snprintf(name, sizeof(name), ".blob-%u", number);
    fd = beneath_open(t->staging.fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    r = fd < 0 ? fd : fd_write(fd, data, len);
    if (r == 0)
        r = add_object(t, OBJECT_BLOB, name, d);
    if (r == 0)
        r = tx_replace(t, OBJECT_BLOB, d);
    return r < 0 ? err_errno(err, -r, "cannot write %s to the store %s", label, t->store->path) : 0;
}
