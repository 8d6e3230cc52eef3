/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer_dump.h"
#include "os/beneath.h"
#include "os/cleanup.h"

const struct unpack_limits unpack_roomy = {.max_files = 1000, .max_size = UINT64_C(1) << 40};

struct stream {
    const struct buf *bytes;
    size_t pos, step;
    int error; /* instead of the end */
    char *
        copy; /* each piece is given in memory of its own, gone at the next call: a use after that is found */
};

static ssize_t give(void *ctx, const void **ret)
{
    struct stream *s = ctx;
    size_t n = s->bytes->len - s->pos;

    free(steal_ptr(&s->copy));
    if (n > s->step)
        n = s->step;
    if (n == 0)
        return s->error;
    s->copy = malloc(n);
    memcpy(s->copy, s->bytes->data + s->pos, n);
    s->pos += n;
    *ret = s->copy;
    return (ssize_t)n;
}

struct unpack_place unpack_place_new(void)
{
    struct unpack_place p;
    const char *tmp = getenv("TMPDIR");

    snprintf(p.path, sizeof(p.path), "%.100s/test-unpack-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p.path));
    p.fd = open(p.path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    assert_true(p.fd >= 0);
    return p;
}

void unpack_place_done(struct unpack_place *p)
{
    close(p->fd);
    assert_int_equal(beneath_remove(AT_FDCWD, p->path), 0);
}

int unpack_bytes(const struct buf *bytes, size_t step, int error, int dirfd,
                 const struct unpack_limits *limits, struct err *err)
{
    struct stream s = {.bytes = bytes, .step = step, .error = error};
    int r;

    err->text[0] = '\0';
    r = unpack_layer(give, &s, dirfd, NULL, limits, err);
    free(s.copy);
    assert_ptr_equal(uselocale((locale_t)0), LC_GLOBAL_LOCALE);
    return r;
}

static const size_t steps[] = {SIZE_MAX, 511, 1, 65536};
#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

void check_unpacked(const char *name, const struct buf *bytes, const char *want)
{
    for (size_t i = 0; i < N_STEPS; i++) {
        struct unpack_place p;
        struct err err;
        cleanup_buf struct buf got = BUF_INIT;

        if (bytes->len > UNPACK_SMALL && steps[i] < 512)
            continue;
        p = unpack_place_new();
        if (unpack_bytes(bytes, steps[i], 0, p.fd, &unpack_roomy, &err) < 0)
            fail_msg("%s, step %zu: %s", name, steps[i], err.text);
        layer_dump(p.fd, &got);
        if (strcmp(buf_str(&got), want) != 0) {
            print_message("%s, step %zu: got\n%s\nwanted\n%s", name, steps[i], buf_str(&got), want);
            fail();
        }
        unpack_place_done(&p);
    }
}

void check_not_unpacked(const char *name, const struct buf *bytes, const struct unpack_limits *limits,
                        int error, const char *line)
{
    for (size_t i = 0; i < N_STEPS; i++) {
        struct unpack_place p;
        struct err err;
        int r;

        if (bytes->len > UNPACK_SMALL && steps[i] < 512)
            continue;
        p = unpack_place_new();
        r = unpack_bytes(bytes, steps[i], 0, p.fd, limits, &err);
        if (r != -error || !strstr(err.text, line))
            fail_msg("%s, step %zu: %d, \"%s\"; wanted %d, \"%s\"", name, steps[i], r, err.text, -error,
                     line);
        unpack_place_done(&p);
    }
}
