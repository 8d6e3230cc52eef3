/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/session.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glue/device_io.h"
#include "glue/job_pool.h"
#include "glue/mount_fault.h"
#include "glue/ops.h"
#include "glue/passthrough.h"
#include "glue/raw_request.h"
#include "glue/readahead.h"
#include "glue/receive.h"
#include "glue/reply_content.h"
#include "glue/scratch.h"
#include "glue/signals.h"
#include "glue/stderr_capture.h"
#include "os/buf.h"
#include "os/cleanup.h"

/* Small: handlers keep large buffers off the stack. */
#define THREAD_STACK (256u << 10)

/* Few for reads, since disks serve few at once; more for changes, which mostly wait. */
#define READ_THREADS   8
#define CHANGE_THREADS 32

struct session {
    struct fuse_session *fuse;
    struct glue glue;
    char *mountpoint;
    bool mounted;
    unsigned threads; /* besides the main one */
    struct receiver receiver;
    struct wake_policy wake;
};

const char *session_library_version(void)
{
    return fuse_pkgversion();
}

/* ---- mounting */

static int add_escaped(struct buf *b, const char *name, const char *value)
{
    cleanup_free char *escaped = option_escape(value);

    return escaped ? buf_printf(b, ",%s=%s", name, escaped) : -ENOMEM;
}

static int add_flag(struct buf *b, bool on, const char *name)
{
    return on ? buf_printf(b, ",%s", name) : 0;
}

/* Build the options in the form of libfuse's parser. */
static int fuse_options(const struct session_config *c, struct buf *ret)
{
    int r = buf_printf(ret, "%s,%s,%s", c->writable ? "rw" : "ro", c->suid ? "suid" : "nosuid",
                       c->dev ? "dev" : "nodev");

    if (r == 0)
        r = add_escaped(ret, "fsname", c->fsname);
    if (r == 0)
        r = add_escaped(ret, "subtype", c->subtype);
    if (r == 0)
        r = add_flag(ret, c->allow_other, "allow_other");
    if (r == 0)
        r = add_flag(ret, c->default_permissions, "default_permissions");
    if (r == 0)
        r = add_flag(ret, c->debug, "debug");
    if (r == 0 && c->max_read > 0)
        r = buf_printf(ret, ",max_read=%u", c->max_read);
    for (size_t i = 0; r == 0 && i < c->passed->n; i++)
        r = buf_printf(ret, ",%s", c->passed->items[i]);
    return r == 0 && !buf_str(ret) ? -ENOMEM : r;
}

static struct fuse_session *new_fuse_session(struct session *s, const struct session_config *c)
{
    cleanup_buf struct buf options = BUF_INIT;
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    struct fuse_session *fuse = NULL;

    if (fuse_options(c, &options) == 0 && fuse_opt_add_arg(&args, "micafs") == 0 &&
        fuse_opt_add_arg(&args, "-o") == 0 && fuse_opt_add_arg(&args, options.data) == 0)
        fuse = fuse_session_new(&args, &glue_ops, sizeof glue_ops, &s->glue);
    fuse_opt_free_args(&args);
    return fuse;
}

/* 0 or a negative errno; the library's message goes to standard error. */
static int mount_fuse(struct session *s, const struct session_config *c)
{
    s->fuse = s->glue.fuse = new_fuse_session(s, c);
    s->mounted = s->fuse && fuse_session_mount(s->fuse, s->mountpoint) == 0;
    if (!s->mounted)
        return -EIO;
    return device_io_install(s->fuse);
}

/* A receiver that follows a program is confined to one processor; the threads that it starts are not. */
static const cpu_set_t *job_thread_processors(const void *receiver)
{
    return receiver_processors(receiver);
}

int session_mount(const struct session_config *c, struct session **ret, struct err *err)
{
    struct session *s = calloc(1, sizeof *s);
    struct stderr_capture capture;
    char said[512];
    int r;

    if (!s)
        return err_errno(err, ENOMEM, "session");
    s->glue.un = c->un;
    s->glue.receiver = &s->receiver;
    s->wake = c->wake;
    s->glue.timeout = c->timeout;
    s->glue.coherent = c->coherent;
    s->glue.uids = c->uids;
    s->glue.gids = c->gids;
    s->glue.static_nlink = c->static_nlink;
    s->glue.writable = c->writable;
    s->glue.checks = c->default_permissions;
    s->glue.may_refuse = c->may_refuse;
    s->glue.want_passthrough = c->passthrough;
    s->glue.want_acl = c->acl;
    s->glue.max_read = c->max_read;
    s->glue.show_trusted = c->show_trusted;
    s->glue.may_splice = !c->debug;
    s->glue.initial = c->initial;
    s->threads = c->threads > 1 ? c->threads - 1 : 0;
    s->glue.reads = job_pool_new(READ_THREADS, job_thread_processors, &s->receiver);
    s->glue.changes = job_pool_new(CHANGE_THREADS, job_thread_processors, &s->receiver);
    s->mountpoint = strdup(c->mountpoint);
    stderr_capture_begin(&capture);
    r = s->mountpoint && s->glue.reads && s->glue.changes ? signals_install() : -ENOMEM;
    if (r == 0)
        r = mount_fuse(s, c); /* signals from here on do not leave the mount behind */
    stderr_capture_end(&capture, said, sizeof said);
    if (r < 0) {
        int device = access("/dev/fuse", R_OK | W_OK) < 0 ? errno : 0;
        r = mount_fault(c->mountpoint, device, said, geteuid() == 0, err);
        session_end(s);
        return r;
    }
    *ret = s;
    return 0;
}

void session_end(struct session *s)
{
    if (!s)
        return;
    /* Send the last replies before unmounting. */
    job_pool_free(s->glue.changes);
    job_pool_free(s->glue.reads);
    if (s->mounted)
        fuse_session_unmount(s->fuse);
    if (s->fuse)
        fuse_session_destroy(s->fuse);
    passthrough_free(s->glue.passthrough);
    free(s->mountpoint);
    free(s);
}

/* ---- serving */

static void answer(struct session *s, const struct fuse_buf *received)
{
    struct fuse_buf buf = *received;

    buf.size = raw_request_begin(buf.mem, buf.size, s->glue.agreed);
    fuse_session_process_buf(s->fuse, &buf);
}

/* Serve one request. 1; 0 when the mount is gone; or a negative errno: -EINTR after a signal, -ETIME when
 * idle. */
static int serve_one(struct session *s, struct fuse_buf *buf)
{
    int r = receiver_next(&s->receiver, buf);

    if (r <= 0)
        return r;
    answer(s, buf);
    return 1;
}

static void free_buffer(void *buf)
{
    free(((struct fuse_buf *)buf)->mem);
    scratch_release();
    reply_content_release();
}

/* Body of a further thread: cancelled at the end of the session, but only while it waits for a request. */
static void *serve_beside(void *data)
{
    struct session *s = data;
    struct fuse_buf buf = {0};
    int r;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cleanup_push(free_buffer, &buf);
    do {
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        r = fuse_session_receive_buf(s->fuse, &buf);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        if (r > 0)
            answer(s, &buf);
    } while (r > 0 || r == -EINTR || r == -EAGAIN);
    pthread_cleanup_pop(1);
    return NULL;
}

/* Start as many threads as possible: the main thread alone suffices. */
static unsigned start_threads(struct session *s, pthread_t *threads)
{
    pthread_attr_t attr;
    sigset_t old;
    unsigned n = 0;

    if (s->threads == 0 || pthread_attr_init(&attr) != 0)
        return 0;
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    signals_block(&old);
    while (n < s->threads && pthread_create(&threads[n], &attr, serve_beside, s) == 0)
        n++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return n;
}

static void stop_threads(const pthread_t *threads, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        pthread_cancel(threads[i]);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void look_at_signals(struct session *s, const struct session_events *events)
{
    char line[STATISTICS_TEXT_MAX];

    if (signals_end_wanted())
        fuse_session_exit(s->fuse);
    if (signals_report_wanted())
        events->report(events->data, statistics_text(&s->glue.statistics, line));
}

/* Serve until `until` is set or the mount is gone. */
static int serve(struct session *s, const struct session_events *events, struct fuse_buf *buf,
                 const bool *until)
{
    int r;

    do {
        look_at_signals(s, events);
        if (fuse_session_exited(s->fuse) || (until && *until))
            return 0;
        r = serve_one(s, buf);
        if (r == -ETIME) {
            reply_content_release();
            s->receiver.next_ms = events->rest(events->data, s->receiver.rested);
            s->receiver.rested = true;
        }
    } while (r > 0 || r == -EINTR || r == -EAGAIN || r == -ETIME);
    return r;
}

int session_run(struct session *s, const struct session_events *events)
{
    pthread_t threads[MOUNT_OPTIONS_MAX_THREADS];
    struct fuse_buf buf = {0};
    unsigned n;
    int r;

    receiver_init(&s->receiver, s->fuse, s->threads == 0, s->wake, &s->glue.statistics);
    /* The first request is INIT; the kernel holds back others until its reply. */
    r = serve(s, events, &buf, &s->glue.initialized);
    if (r == 0 && s->glue.want_passthrough && !s->glue.passthrough)
        r = -EPROTONOSUPPORT;
    /* A refused INIT ends the session: there is no usable mount. */
    if (r == 0 && s->glue.initialized && !fuse_session_exited(s->fuse)) {
        readahead_raise(s->mountpoint);
        r = events->on_ready(events->data);
        if (r == 0) {
            n = start_threads(s, threads);
            r = serve(s, events, &buf, NULL);
            stop_threads(threads, n);
        }
    }
    receiver_end(&s->receiver);
    free_buffer(&buf);
    return r;
}
