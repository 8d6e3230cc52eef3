/* SPDX-License-Identifier: Apache-2.0 */
#include "act/commit_run.h"

#include <errno.h>

#include "act/branch_size.h"
#include "act/branch_stream.h"
#include "act/interrupt.h"
#include "command/verb.h"
#include "show/progress.h"
#include "show/table.h"

struct running {
    struct branch_stream stream;
    struct progress *progress;
    uint64_t expected; /* estimated bytes of the stream */
};

static int start(void *ctx, struct store *s, const struct commit_options *o, int *ret_fd, struct err *err)
{
    struct running *run = ctx;
    int r = branch_stream_start(s, o->branch, o->squash ? "whole" : "layer", &run->stream, err);

    if (r == 0) {
        *ret_fd = run->stream.fd;
        run->stream.fd = -1; /* the reader closes it */
    }
    return r;
}

static int end_stream(void *ctx, bool given_up, struct err *err)
{
    struct running *run = ctx;

    return branch_stream_end(&run->stream, given_up, err);
}

static void tell(void *ctx, uint64_t done)
{
    const struct running *run = ctx;

    progress_bytes(run->progress, done, done > run->expected ? done : run->expected);
}

void commit_tell_replaced(const struct commit_options *o, const struct commit_result *r)
{
    char digest[DIGEST_STRING_MAX];

    if (r->replaced.alg != DIGEST_NONE)
        cli_notef("\"%s\" was another image, which stays as %.19s", o->name,
                  digest_string(&r->replaced, digest));
}

int commit_run(struct store *s, const struct commit_options *options, bool quiet, struct commit_result *ret,
               struct err *err)
{
    const struct progress_options look = {.out = stderr, .width = terminal_width(stderr), .quiet = quiet};
    struct running run = {.progress = progress_new(&look)};
    struct commit_options o = *options;
    int r;

    if (!run.progress)
        return err_set(err, ENOMEM, "out of memory");
    if (branch_size(s, o.branch, &run.expected) < 0)
        run.expected = 0;
    interrupt_catch();
    o.cancel = interrupt_flag();
    o.start = start;
    o.stream_end = end_stream;
    o.stream = &run;
    o.progress = tell;
    o.ctx = &run;
    r = commit_branch(s, &o, ret, err);
    progress_free(run.progress);
    return r < 0 && interrupt_status() ? -ECANCELED : r;
}
