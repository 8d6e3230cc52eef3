/* SPDX-License-Identifier: Apache-2.0 */
#include "import/run_layers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "import/known.h"
#include "import/pipeline.h"
#include "os/cleanup.h"

#define MAX_THREADS     16u
#define DEFAULT_THREADS 4u /* more layers at a time only wait for the disk */

struct run {
    struct plan *plan;
    const struct source *source;
    struct tx *tx;
    const struct import_options *opt;
    struct known *known;  /* or NULL */
    atomic_bool stop;     /* a work failed, or the import was cancelled */
    pthread_mutex_t lock; /* guards all members below; opt->progress is called under it, so one call at a
                           * time */
    size_t next;
    uint64_t done;
    int result;
    struct err err; /* the first failure */
};

void work_layer_name(size_t n, char buf[WORK_NAME_MAX])
{
    snprintf(buf, WORK_NAME_MAX, "layer-%zu", n);
}

static bool was_cancelled(struct run *run)
{
    return run->opt->cancel && atomic_load_explicit(run->opt->cancel, memory_order_relaxed);
}

static void on_progress(void *ctx, uint64_t bytes)
{
    struct run *run = ctx;

    pthread_mutex_lock(&run->lock);
    run->done += bytes;
    if (run->opt->progress)
        run->opt->progress(run->opt->ctx, run->done, run->plan->total);
    pthread_mutex_unlock(&run->lock);
    if (was_cancelled(run))
        atomic_store(&run->stop, true);
}

/* Registers the results of a work. */
static int add_results(struct run *run, const struct layer_work *w, const char *layer_name,
                       const char *blob_name)
{
    const struct digest *diff_id = &w->layer->diff_id;
    int r = 0;

    if (blob_name)
        r = tx_add_blob(run->tx, blob_name, &w->layer->blob.digest);
    if (r == 0 && blob_name && w->mends_blob)
        r = tx_replace(run->tx, OBJECT_BLOB, &w->layer->blob.digest);
    if (r == 0 && layer_name)
        r = tx_add_layer(run->tx, layer_name, diff_id);
    if (r == 0 && layer_name && w->mends_layer)
        r = tx_replace(run->tx, OBJECT_LAYER, diff_id);
    if (r == 0 && !layer_name) /* the job gave a new layer its marker */
        r = tx_add_from(run->tx, diff_id, &w->layer->blob.digest);
    return r;
}

static int run_work(struct run *run, size_t n, struct err *err)
{
    struct layer_work *w = run->plan->works[n];
    char layer_name[WORK_NAME_MAX], blob_name[WORK_NAME_MAX];
    struct layer_job job = {
        .blob_digest = &w->layer->blob.digest,
        .diff_id = &w->layer->diff_id,
        .dirfd = tx_fd(run->tx),
        .blob_name = w->make_blob ? blob_name : NULL,
        .layer_name = w->make_layer ? layer_name : NULL,
        /* A layer that is made anew must not depend on the damaged one. */
        .known = w->mends_layer ? NULL : run->known,
        .max_files = run->opt->limits.max_files,
        .max_size = run->opt->limits.max_layer_size,
        .cancel = &run->stop,
        .progress = on_progress,
        .ctx = run,
    };
    int r = source_layer_extent(run->source->container, w->layer, &job.blob, err);

    if (r < 0)
        return r;
    work_layer_name(n, layer_name);
    snprintf(blob_name, sizeof(blob_name), "blob-%zu", n);
    w->size = job.blob.size;
    r = layer_job_run(&job, err);
    extent_done(&job.blob);
    if (r < 0)
        return r;
    r = add_results(run, w, job.layer_name, job.blob_name);
    return r < 0 ? err_errno(err, -r, "cannot keep it") : 0;
}

static void fail_run(struct run *run, const struct layer_work *w, int r, struct err *err)
{
    const struct planned_image *i = &run->plan->images[w->image];

    err_prefix(err, r, "layer %zu of %zu", w->index + 1, i->source->n_layers);
    if (i->n_names)
        err_prefix(err, r, "%s", i->names[0]);
    pthread_mutex_lock(&run->lock);
    if (run->result == 0) {
        run->result = r;
        run->err = *err;
    }
    pthread_mutex_unlock(&run->lock);
    atomic_store(&run->stop, true);
}

static void *worker(void *arg)
{
    struct run *run = arg;

    for (;;) {
        struct err err = {{0}};
        size_t n;
        int r;

        if (was_cancelled(run))
            atomic_store(&run->stop, true);
        pthread_mutex_lock(&run->lock);
        n = run->next++;
        pthread_mutex_unlock(&run->lock);
        if (n >= run->plan->n_works || atomic_load(&run->stop))
            return NULL;
        r = run_work(run, n, &err);
        if (r < 0)
            fail_run(run, run->plan->works[n], r, &err);
    }
}

static unsigned layers_at_a_time(const struct import_options *opt, size_t works)
{
    unsigned n = opt->threads;
    cpu_set_t cpus;

    if (n == 0) {
        n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
        if (n > DEFAULT_THREADS)
            n = DEFAULT_THREADS;
    }
    if (n > MAX_THREADS)
        n = MAX_THREADS;
    return n > works ? (unsigned)works : n;
}

static bool makes_layers(const struct plan *p)
{
    for (size_t i = 0; i < p->n_works; i++)
        if (p->works[i]->make_layer)
            return true;
    return false;
}

int run_layers(struct plan *p, const struct source *source, struct tx *tx, const struct import_options *opt,
               struct err *err)
{
    struct run run = {.plan = p, .source = source, .tx = tx, .opt = opt, .lock = PTHREAD_MUTEX_INITIALIZER};
    unsigned n = layers_at_a_time(opt, p->n_works), started = 0;
    pthread_t threads[MAX_THREADS];

    if (makes_layers(p) && !(run.known = known_new(p->store)))
        return err_errno(err, ENOMEM, "cannot list the contents of the store");
    if (opt->progress && p->n_works)
        opt->progress(opt->ctx, 0, p->total);
    /* This thread is a worker too: the works are done even if no other thread starts. */
    while (started + 1 < n && pthread_create(&threads[started], NULL, worker, &run) == 0)
        started++;
    worker(&run);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&run.lock);
    known_free(run.known);
    if (was_cancelled(&run))
        return err_set(err, ECANCELED, "the import was cancelled");
    if (run.result < 0 && err)
        *err = run.err;
    return run.result;
}
