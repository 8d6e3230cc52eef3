/* SPDX-License-Identifier: Apache-2.0 */
#include "show/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/buf.h"
#include "show/size.h"
#include "show/text.h"

#define SECOND INT64_C(1000000000)

enum {
    LINE_MAX_BYTES = 1024,
    BAR_MIN = 10, /* a shorter bar is useless */
    BAR_MAX = 30,
};

struct progress {
    struct progress_options options;
    pthread_mutex_t lock; /* guards all members below; several threads report */
    char *name;           /* of the current image, inert */
    struct progress_state state;
    int64_t began, drawn; /* 0: not yet */
    bool on_screen;
};

static int64_t system_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

const char *progress_layers(size_t layers, size_t here, char buf[64])
{
    const char *s = layers == 1 ? "" : "s";
    if (here)
        snprintf(buf, 64, "%zu layer%s, %zu already here", layers, s, here);
    else
        snprintf(buf, 64, "%zu layer%s", layers, s);
    return buf;
}

static void bar_format(uint64_t done, uint64_t total, size_t columns, char *buf)
{
    size_t inner = columns - 2, full = total ? (size_t)((double)inner * (double)done / (double)total) : inner;

    buf[0] = '[';
    memset(buf + 1, '=', full);
    memset(buf + 1 + full, ' ', inner - full);
    if (full < inner)
        buf[1 + full] = '>';
    buf[columns - 1] = ']';
    buf[columns] = '\0';
}

/* "63%  120 MB  85 MB/s  0:02" */
static void figures_format(const struct progress_state *s, char *buf, size_t size)
{
    char bytes[SIZE_TEXT_MAX], rate_text[SIZE_TEXT_MAX], left[32] = "";
    double seconds = (double)s->elapsed / (double)SECOND;
    double rate = seconds > 0 ? (double)s->done / seconds : 0;
    unsigned percent = s->total ? (unsigned)(100.0 * (double)s->done / (double)s->total) : 100;

    if (rate >= 1 && s->total > s->done && s->total != PROGRESS_UNKNOWN) {
        double rest = (double)(s->total - s->done) / rate;
        uint64_t t = rest < 360000 ? (uint64_t)(rest + 0.5) : 360000;
        if (t >= 3600)
            snprintf(left, sizeof left, "  %" PRIu64 ":%02u:%02u", t / 3600, (unsigned)(t / 60 % 60),
                     (unsigned)(t % 60));
        else
            snprintf(left, sizeof left, "  %u:%02u", (unsigned)(t / 60), (unsigned)(t % 60));
    }
    size_format(s->done, bytes);
    size_format(rate < 1e18 ? (uint64_t)rate : 0, rate_text);
    if (s->total == PROGRESS_UNKNOWN)
        snprintf(buf, size, "%s  %s/s", bytes, rate_text);
    else
        snprintf(buf, size, "%3u%%  %s  %s/s%s", percent, bytes, rate_text, left);
}

void progress_line(const struct progress_state *given, size_t width, char *buf, size_t size)
{
    struct progress_state s = *given;
    char figures[96], layers[64], bar[BAR_MAX + 1] = "", head[LINE_MAX_BYTES] = "";

    if (s.done > s.total)
        s.done = s.total;
    figures_format(&s, figures, sizeof figures);
    if (*s.name && s.layers == 0)
        snprintf(head, sizeof head, "%s", s.name);
    else if (*s.name)
        snprintf(head, sizeof head, "%s  %s", s.name, progress_layers(s.layers, s.layers_here, layers));
    size_t taken = text_width(figures) + 4, figures_only = taken; /* blanks beside the bar */
    if (taken + text_width(head) > width) /* the figures have priority, then the name, then the bar */
        text_cut(head, width > figures_only ? width - figures_only : 0);
    taken += text_width(head);
    if (s.total != PROGRESS_UNKNOWN && taken + BAR_MIN <= width) {
        size_t room = width - taken;
        bar_format(s.done, s.total, room > BAR_MAX ? BAR_MAX : room, bar);
    }
    snprintf(buf, size, "%s%s%s%s%s", head, *head ? "  " : "", bar, *bar ? " " : "", figures);
    text_cut(buf, width);
}

struct progress *progress_new(const struct progress_options *options)
{
    struct progress *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p);
        return NULL;
    }
    p->options = *options;
    if (!p->options.now)
        p->options.now = system_now;
    return p;
}

static void erase(struct progress *p)
{
    if (!p->on_screen)
        return;
    fputs("\r\033[K", p->options.out);
    fflush(p->options.out);
    p->on_screen = false;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    erase(p);
    pthread_mutex_destroy(&p->lock);
    free(p->name);
    free(p);
}

static void draw(struct progress *p, int64_t now)
{
    char line[LINE_MAX_BYTES];

    p->state.name = p->name ? p->name : "";
    p->state.elapsed = p->began ? now - p->began : 0;
    progress_line(&p->state, p->options.width - 1, line,
                  sizeof line); /* some terminals wrap at the last column */
    fprintf(p->options.out, "\r%s\033[K", line);
    fflush(p->options.out);
    p->drawn = now;
    p->on_screen = true;
}

static char *inert(const char *name)
{
    struct buf b = BUF_INIT;
    if (text_escape(&b, name, strlen(name), 0) < 0 || !buf_str(&b))
        buf_free(&b);
    return b.data;
}

void progress_image(void *ctx, const char *name, size_t layers, size_t layers_here)
{
    struct progress *p = ctx;
    char text[64];

    if (p->options.quiet)
        return;
    pthread_mutex_lock(&p->lock);
    free(p->name);
    p->name = inert(name ? name : "image");
    p->began = 0; /* the rate is the image's, not the archive's */
    p->state.layers = layers;
    p->state.layers_here = layers_here;
    if (p->options.width == 0)
        fprintf(p->options.out, "importing %s: %s\n", p->name ? p->name : "image",
                progress_layers(layers, layers_here, text));
    pthread_mutex_unlock(&p->lock);
}

void progress_reading(void *ctx, uint64_t done, uint64_t total)
{
    struct progress *p = ctx;

    pthread_mutex_lock(&p->lock);
    if (!p->name)
        p->name = strdup("reading the archive");
    pthread_mutex_unlock(&p->lock);
    progress_bytes(ctx, done, total);
}

void progress_bytes(void *ctx, uint64_t done, uint64_t total)
{
    struct progress *p = ctx;

    if (p->options.quiet || p->options.width == 0)
        return;
    pthread_mutex_lock(&p->lock);
    int64_t now = p->options.now();
    if (!p->began)
        p->began = now;
    p->state.done = done;
    p->state.total = total;
    if (!p->on_screen || now - p->drawn >= SECOND / 10)
        draw(p, now);
    pthread_mutex_unlock(&p->lock);
}
