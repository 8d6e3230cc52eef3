/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/raw_request.h"

#include <linux/fuse.h>
#include <string.h>

/* Requests lie in memory as the kernel's structures, but nothing says that the buffer is aligned. */
static uint32_t field(const char *body, size_t at)
{
    uint32_t value;

    memcpy(&value, body + at, sizeof value);
    return value;
}

static void make_create(char *request, size_t name)
{
    const uint32_t opcode = FUSE_CREATE;

    memcpy(request + offsetof(struct fuse_in_header, opcode), &opcode, sizeof opcode);
    request[name] = '\0';
}

void raw_request_read(void *request, size_t len, struct raw_request *ret)
{
    const size_t head = sizeof(struct fuse_in_header);
    const char *body = (const char *)request + head;
    size_t body_len = len < head ? 0 : len - head;

    *ret = (struct raw_request){0};
    if (len < head)
        return;
    switch (field(request, offsetof(struct fuse_in_header, opcode))) {
    case FUSE_INIT:
        if (body_len >= offsetof(struct fuse_init_in, flags) + sizeof(uint32_t))
            ret->offered = field(body, offsetof(struct fuse_init_in, flags));
        break;
    case FUSE_WRITE:
        if (body_len >= sizeof(struct fuse_write_in))
            ret->kill_priv =
                field(body, offsetof(struct fuse_write_in, write_flags)) & FUSE_WRITE_KILL_SUIDGID;
        break;
    case FUSE_SETATTR:
        if (body_len >= sizeof(struct fuse_setattr_in))
            ret->kill_priv = field(body, offsetof(struct fuse_setattr_in, valid)) & FATTR_KILL_SUIDGID;
        break;
    case FUSE_TMPFILE:
        if (body_len > sizeof(struct fuse_create_in))
            make_create(request, head + sizeof(struct fuse_create_in));
        break;
    }
}

static _Thread_local struct raw_request current;

void raw_request_begin(void *request, size_t len)
{
    raw_request_read(request, len, &current);
}

const struct raw_request *raw_request_current(void)
{
    return &current;
}
