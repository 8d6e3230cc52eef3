/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/raw_request.h"

#include <linux/fuse.h>
#include <string.h>

#define HEAD sizeof(struct fuse_in_header)

/* Requests have the layout of the kernel's structures, but the buffer may be unaligned. */
static uint32_t get_u32(const char *body, size_t at)
{
    uint32_t value;

    memcpy(&value, body + at, sizeof value);
    return value;
}

static void set_field(char *request, size_t at, uint32_t value)
{
    memcpy(request + at, &value, sizeof value);
}

/* Minimal length of the requests read here; 0 for others. */
static size_t least_length(uint32_t opcode)
{
    switch (opcode) {
    case FUSE_INIT:
        return offsetof(struct fuse_init_in, flags) + sizeof(uint32_t);
    case FUSE_WRITE:
        return sizeof(struct fuse_write_in);
    case FUSE_SETATTR:
        return sizeof(struct fuse_setattr_in);
    case FUSE_SETXATTR:
        return sizeof(struct fuse_setxattr_in);
    case FUSE_TMPFILE:
        return sizeof(struct fuse_create_in) + 1; /* with a name */
    default:
        return 0;
    }
}

static void make_create(char *request)
{
    set_field(request, offsetof(struct fuse_in_header, opcode), FUSE_CREATE);
    request[HEAD + sizeof(struct fuse_create_in)] = '\0';
}

/* Returns the new length. */
static size_t shorten_setxattr(char *request, size_t len)
{
    const size_t from = HEAD + sizeof(struct fuse_setxattr_in), to = HEAD + FUSE_COMPAT_SETXATTR_IN_SIZE;

    memmove(request + to, request + from, len - from);
    len -= from - to;
    set_field(request, offsetof(struct fuse_in_header, len), (uint32_t)len);
    return len;
}

size_t raw_request_read(void *request, size_t len, uint32_t agreed, struct raw_request *ret)
{
    const char *body = (const char *)request + HEAD;
    uint32_t opcode;

    *ret = (struct raw_request){0};
    if (len < HEAD)
        return len;
    memcpy(&ret->unique, (const char *)request + offsetof(struct fuse_in_header, unique), sizeof ret->unique);
    opcode = get_u32(request, offsetof(struct fuse_in_header, opcode));
    if (len - HEAD < least_length(opcode))
        return len;
    switch (opcode) {
    case FUSE_INIT:
        ret->offered = get_u32(body, offsetof(struct fuse_init_in, flags));
        if (ret->offered & FUSE_INIT_EXT && len - HEAD >= sizeof(struct fuse_init_in))
            ret->offered |= (uint64_t)get_u32(body, offsetof(struct fuse_init_in, flags2)) << 32;
        break;
    case FUSE_WRITE:
        ret->kill_priv = get_u32(body, offsetof(struct fuse_write_in, write_flags)) & FUSE_WRITE_KILL_SUIDGID;
        break;
    case FUSE_SETATTR:
        ret->kill_priv = get_u32(body, offsetof(struct fuse_setattr_in, valid)) & FATTR_KILL_SUIDGID;
        break;
    case FUSE_SETXATTR:
        if (!(agreed & FUSE_SETXATTR_EXT))
            break;
        ret->kill_sgid =
            get_u32(body, offsetof(struct fuse_setxattr_in, setxattr_flags)) & FUSE_SETXATTR_ACL_KILL_SGID;
        return shorten_setxattr(request, len);
    case FUSE_TMPFILE:
        make_create(request);
        break;
    }
    return len;
}

static _Thread_local struct raw_request current;

size_t raw_request_begin(void *request, size_t len, uint32_t agreed)
{
    return raw_request_read(request, len, agreed, &current);
}

const struct raw_request *raw_request_current(void)
{
    return &current;
}
