/* SPDX-License-Identifier: Apache-2.0 */
#include "act/branch_changes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/branch_stream.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/text.h"

#define CHUNK (64u << 10)

void branch_changes_free(struct branch_changes *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->list[i].path);
    free(c->list);
    *c = (struct branch_changes){.n = 0};
}

static int read_all(int fd, struct buf *ret)
{
    ssize_t n;

    do {
        if (buf_reserve(ret, CHUNK) < 0)
            return -ENOMEM;
        n = fd_read(fd, ret->data + ret->len, CHUNK);
        ret->len += n > 0 ? (size_t)n : 0;
    } while (n == CHUNK);
    return n < 0 ? (int)n : 0;
}

/* Parse "KIND MODE SIZE /PATH". */
static int parse(const char *text, struct branch_change *ret)
{
    int at = 0;

    *ret = (struct branch_change){.kind = *text};
    if (!strchr("ACD", *text) ||
        sscanf(text + 1, " %" SCNo32 " %" SCNu64 " %n", &ret->mode, &ret->size, &at) != 2 || at == 0 ||
        text[1 + at] != '/')
        return -EIO;
    ret->path = strdup(text + 1 + at);
    return ret->path ? 0 : -ENOMEM;
}

/* Parse NUL-terminated records; an empty one marks the end. */
static int parse_all(const struct buf *text, struct branch_changes *ret)
{
    const char *at = text->data, *end = at + text->len;
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\0';
    if (n == 0 || end[-1] != '\0')
        return -EIO;
    ret->list = calloc(n, sizeof *ret->list);
    if (!ret->list)
        return -ENOMEM;
    for (; at < end && *at; at += strlen(at) + 1) {
        int r = parse(at, &ret->list[ret->n]);

        if (r < 0)
            return r;
        ret->n++;
    }
    return at + 1 == end ? 0 : -EIO;
}

int branch_changes_read(struct store *s, const char *branch, struct branch_changes *ret, struct err *err)
{
    cleanup_buf struct buf text = BUF_INIT;
    struct branch_stream stream;
    int r = branch_stream_start(s, branch, "list", &stream, err);

    *ret = (struct branch_changes){.n = 0};
    if (r < 0)
        return r;
    r = read_all(stream.fd, &text);
    int ended = branch_stream_end(&stream, r < 0, err);
    if (r == 0 && ended < 0)
        return ended;
    if (r == 0)
        r = parse_all(&text, ret);
    if (r < 0) {
        branch_changes_free(ret);
        return err_errno(err, -r, "the output of micafs for branch %s", branch);
    }
    return 0;
}

int branch_change_print(const struct branch_change *c, int size)
{
    char mode[MODE_TEXT_MAX], bytes[SIZE_TEXT_MAX];
    size_t len = strlen(c->path);
    int r;

    if (size)
        printf("%c %s %8s ", c->kind, mode_format(c->mode, mode), size_format(c->size, bytes));
    else
        printf("%c ", c->kind);
    r = text_put(stdout, c->path, len, TEXT_NAME);
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}
