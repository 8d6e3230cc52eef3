/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "explore/jobs.h"

enum {
    BATCH = 200, /* paths that a search hands over at once */
};

enum urgency {
    URGENT_SEARCH,
    URGENT_SUMS,
    URGENT_TOTALS,
    URGENCIES,
};

struct question {
    char *text; /* a directory, or the text of a search */
    size_t image;
    unsigned kinds;
    uint64_t number;
    struct question *next;
};

struct worker {
    struct explore_images images;
    struct err err; /* of the studies */
    pthread_t thread;
    bool started;
    int event;
    pthread_mutex_t lock;
    pthread_cond_t asked;
    /* All that follows is the lock's. */
    struct question *questions[URGENCIES]; /* the first to be answered first */
    struct worker_answer *answers, **last_answer;
    unsigned generation;
    uint32_t upto_a, upto_b;
    bool stop;
    /* Read by the walk without the lock: counts what makes it worthless or less urgent. */
    atomic_uint turn;
    unsigned running_turn; /* the thread's own */
    struct rows batch;     /* the thread's own, as the rest */
    bool batch_first;
    uint64_t found;
};

void worker_answer_free(struct worker_answer *a)
{
    if (!a)
        return;
    free(a->path);
    study_totals_free(&a->totals);
    rows_free(&a->rows);
    free(a);
}

static void question_free(struct question *q)
{
    if (q)
        free(q->text);
    free(q);
}

static void drop_questions(struct worker *w, enum urgency u)
{
    for (struct question *q; (q = w->questions[u]);) {
        w->questions[u] = q->next;
        question_free(q);
    }
}

/* Takes the answer over. */
static void answer(struct worker *w, struct worker_answer *a)
{
    uint64_t one = 1;
    bool stale;

    pthread_mutex_lock(&w->lock);
    stale = a->kind != WORKER_TOTALS && a->generation != w->generation;
    if (!stale) {
        *w->last_answer = a;
        w->last_answer = &a->next;
        while (write(w->event, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
    pthread_mutex_unlock(&w->lock);
    if (stale)
        worker_answer_free(a);
}

static bool is_wanted(void *ctx)
{
    struct worker *w = ctx;

    return atomic_load_explicit(&w->turn, memory_order_relaxed) == w->running_turn;
}

/* The view and generation of the walk that runs, kept by the thread. */
struct walk {
    struct worker *w;
    const struct question *q;
    unsigned generation;
    struct view view;
};

static bool walk_is_wanted(void *ctx)
{
    return is_wanted(((struct walk *)ctx)->w);
}

static int tell_sum(void *ctx, const char *path, uint64_t bytes)
{
    struct walk *walk = ctx;
    struct worker_answer *a = calloc(1, sizeof *a);

    if (!a)
        return -ENOMEM;
    *a = (struct worker_answer){
        .kind = WORKER_SUM, .generation = walk->generation, .size = bytes, .path = strdup(path)};
    if (!a->path) {
        free(a);
        return -ENOMEM;
    }
    answer(walk->w, a);
    return 0;
}

static int hand_over(struct walk *walk, bool last, bool more)
{
    struct worker *w = walk->w;
    struct worker_answer *a = calloc(1, sizeof *a);

    if (!a)
        return -ENOMEM;
    *a = (struct worker_answer){.kind = WORKER_FOUND,
                                .generation = walk->generation,
                                .size = walk->q->number,
                                .rows = w->batch,
                                .first = w->batch_first,
                                .last = last,
                                .more = more};
    w->batch = (struct rows){.flat = true};
    w->batch_first = false;
    answer(w, a);
    return 0;
}

static int tell_found(void *ctx, const struct view_pair *p)
{
    struct walk *walk = ctx;
    struct worker *w = walk->w;
    int r;

    if (w->found == WORKER_FOUND_MAX) {
        r = hand_over(walk, true, true);
        return r < 0 ? r : -ECANCELED;
    }
    r = rows_flat_add(&w->batch, p);
    w->found += r == 0;
    return r == 0 && w->batch.n >= BATCH ? hand_over(walk, false, false) : r;
}

static int search(struct walk *walk, const struct job_watch *watch)
{
    struct worker *w = walk->w;
    int r;

    rows_free(&w->batch);
    w->batch = (struct rows){.flat = true};
    w->batch_first = true;
    w->found = 0;
    r = job_search(&walk->view, walk->q->text, walk->q->kinds, watch);
    return r == 0 ? hand_over(walk, true, false) : r;
}

static int watch_totals(void *ctx, const struct study_path *path)
{
    (void)path;
    return is_wanted(ctx) ? 0 : -ECANCELED;
}

static int totals(struct worker *w, size_t image)
{
    const struct study_watch watch = {.path = watch_totals, .ctx = w};
    struct worker_answer *a = calloc(1, sizeof *a);
    int r;

    if (!a)
        return -ENOMEM;
    *a = (struct worker_answer){.kind = WORKER_TOTALS, .image = image};
    r = study_count(w->images.i[image].study.study, &watch, &a->totals);
    if (r < 0)
        worker_answer_free(a);
    else
        answer(w, a);
    return r;
}

static int work(struct walk *walk, enum urgency u)
{
    const struct job_watch watch = {
        .wanted = walk_is_wanted, .sum = tell_sum, .found = tell_found, .ctx = walk};

    switch (u) {
    case URGENT_SEARCH:
        return search(walk, &watch);
    case URGENT_SUMS:
        return job_sums(&walk->view, walk->q->text, &watch);
    default:
        return totals(walk->w, walk->q->image);
    }
}

static void fail(struct walk *walk, int r)
{
    struct worker *w = walk->w;
    struct worker_answer *a = calloc(1, sizeof *a);

    if (!a)
        return;
    *a = (struct worker_answer){.kind = WORKER_FAILED, .generation = walk->generation};
    a->path = strdup(r == -ENOMEM ? "out of memory" : *w->err.text ? w->err.text : strerror(-r));
    answer(w, a);
}

/* Takes the most urgent question out of its list. Waits for one; NULL at the end. Called and left with the lock. */
static struct question *next_question(struct worker *w, enum urgency *ret)
{
    while (!w->stop) {
        for (int u = 0; u < URGENCIES; u++) {
            struct question *q = w->questions[u];

            if (!q)
                continue;
            w->questions[u] = q->next;
            *ret = (enum urgency)u;
            return q;
        }
        pthread_cond_wait(&w->asked, &w->lock);
    }
    return NULL;
}

static void *run(void *ctx)
{
    struct worker *w = ctx;
    enum urgency u = URGENT_TOTALS;
    struct question *q;

    pthread_mutex_lock(&w->lock);
    while ((q = next_question(w, &u))) {
        struct walk walk = {.w = w, .q = q, .generation = w->generation};
        bool stale, ours;

        explore_images_view(&w->images, w->upto_a, w->upto_b, &walk.view);
        w->running_turn = atomic_load(&w->turn);
        pthread_mutex_unlock(&w->lock);
        int r = work(&walk, u);
        if (r < 0 && r != -ECANCELED)
            fail(&walk, r);
        pthread_mutex_lock(&w->lock);
        stale = u != URGENT_TOTALS && walk.generation != w->generation;
        ours = r == -ECANCELED && !is_wanted(w);
        if (ours && !stale && u != URGENT_SEARCH && !w->stop) { /* it gave way: again, before its like */
            q->next = w->questions[u];
            w->questions[u] = q;
        } else {
            question_free(q);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int worker_start(const struct explore_images *images, struct worker **ret, struct err *err)
{
    struct worker *w = calloc(1, sizeof *w);
    sigset_t all, before;
    int r;

    if (!w)
        return err_set(err, ENOMEM, "out of memory");
    *w = (struct worker){.event = -1, .batch = {.flat = true}};
    w->last_answer = &w->answers;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->asked, NULL);
    r = explore_images_open(&w->images, images->i[0].store, images->i[0].image, images->i[1].store,
                            images->n > 1 ? images->i[1].image : NULL, &w->err);
    if (r < 0) {
        err_set(err, -r, "%s", w->err.text);
    } else if ((w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        r = err_errno(err, errno, "eventfd");
    } else {
        /* Signals are the main thread's. */
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = -pthread_create(&w->thread, NULL, run, w);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        w->started = r == 0;
        if (r < 0)
            err_errno(err, -r, "cannot start a thread");
    }
    if (r < 0)
        worker_stop(w);
    else
        *ret = w;
    return r;
}

void worker_stop(struct worker *w)
{
    if (!w)
        return;
    if (w->started) {
        pthread_mutex_lock(&w->lock);
        w->stop = true;
        atomic_fetch_add(&w->turn, 1);
        pthread_cond_signal(&w->asked);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    for (int u = 0; u < URGENCIES; u++)
        drop_questions(w, (enum urgency)u);
    for (struct worker_answer *a; (a = worker_take(w));)
        worker_answer_free(a);
    rows_free(&w->batch);
    explore_images_close(&w->images);
    if (w->event >= 0)
        close(w->event);
    pthread_cond_destroy(&w->asked);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

int worker_fd(const struct worker *w)
{
    return w->event;
}

static int ask(struct worker *w, enum urgency u, const struct question *what)
{
    struct question *q = calloc(1, sizeof *q), **last;

    if (!q)
        return -ENOMEM;
    *q = *what;
    if (what->text && !(q->text = strdup(what->text))) {
        free(q);
        return -ENOMEM;
    }
    for (last = &w->questions[u]; *last; last = &(*last)->next)
        ;
    *last = q;
    return 0;
}

int worker_view(struct worker *w, unsigned generation, uint32_t upto_a, uint32_t upto_b)
{
    pthread_mutex_lock(&w->lock);
    w->generation = generation;
    w->upto_a = upto_a;
    w->upto_b = upto_b;
    drop_questions(w, URGENT_SEARCH);
    drop_questions(w, URGENT_SUMS);
    atomic_fetch_add(&w->turn, 1);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

static int ask_locked(struct worker *w, enum urgency u, const struct question *q, bool hurry)
{
    pthread_mutex_lock(&w->lock);
    if (u == URGENT_SEARCH)
        drop_questions(w, u);
    int r = q ? ask(w, u, q) : 0;
    if (hurry)
        atomic_fetch_add(&w->turn, 1);
    pthread_cond_signal(&w->asked);
    pthread_mutex_unlock(&w->lock);
    return r;
}

int worker_ask_totals(struct worker *w, size_t image)
{
    return ask_locked(w, URGENT_TOTALS, &(struct question){.image = image}, false);
}

int worker_ask_sums(struct worker *w, const char *dir)
{
    return ask_locked(w, URGENT_SUMS, &(struct question){.text = (char *)(uintptr_t)dir}, false);
}

int worker_ask_search(struct worker *w, const char *text, unsigned kinds, uint64_t number)
{
    const struct question q = {.text = (char *)(uintptr_t)text, .kinds = kinds, .number = number};

    return ask_locked(w, URGENT_SEARCH, text ? &q : NULL, true);
}

struct worker_answer *worker_take(struct worker *w)
{
    struct worker_answer *a;
    uint64_t n;

    pthread_mutex_lock(&w->lock);
    a = w->answers;
    if (a) {
        w->answers = a->next;
        if (!w->answers)
            w->last_answer = &w->answers;
        a->next = NULL;
    } else if (w->event >= 0) {
        while (read(w->event, &n, sizeof n) < 0 && errno == EINTR)
            ;
    }
    pthread_mutex_unlock(&w->lock);
    return a;
}
