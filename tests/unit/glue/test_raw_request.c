/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

#include "glue/raw_request.h"

union body {
    struct fuse_init_in init;
    struct fuse_write_in write;
    struct fuse_setattr_in setattr;
    struct fuse_create_in create;
    struct fuse_setxattr_in setxattr;
    char bytes[256];
};

/* Exactly `body_len` bytes behind the header, so that a sanitizer sees a read behind them. */
static char *request(uint32_t opcode, const union body *body, size_t body_len, size_t *ret_len)
{
    struct fuse_in_header head = {.opcode = opcode, .unique = 7, .nodeid = 1};
    char *made = malloc(sizeof head + body_len);

    assert_non_null(made);
    head.len = (uint32_t)(sizeof head + body_len);
    memcpy(made, &head, sizeof head);
    memcpy(made + sizeof head, body->bytes, body_len);
    *ret_len = sizeof head + body_len;
    return made;
}

static uint32_t opcode_of(const char *request)
{
    uint32_t opcode;

    memcpy(&opcode, request + offsetof(struct fuse_in_header, opcode), sizeof opcode);
    return opcode;
}

/* What a flag gives, for each length of the body from nothing to more than there should be. */
static void check_lengths(uint32_t opcode, const union body *body, size_t needed, bool kills, uint32_t offers)
{
    for (size_t n = 0; n <= needed + 16; n++) {
        struct raw_request raw = {.offered = 1, .kill_priv = true, .kill_sgid = true};
        size_t len;
        char *made = request(opcode, body, n, &len);

        assert_int_equal(raw_request_read(made, len, ~0u, &raw), len);
        assert_int_equal(raw.kill_priv, kills && n >= needed);
        assert_int_equal(raw.offered, n >= needed ? offers : 0);
        assert_false(raw.kill_sgid);
        assert_int_equal(raw.unique, 7);
        assert_int_equal(opcode_of(made), opcode);
        free(made);
    }
}

static void test_flags(void **state)
{
    const uint32_t others = ~(uint32_t)FUSE_WRITE_KILL_SUIDGID, no_kill = ~(uint32_t)FATTR_KILL_SUIDGID;
    const union body init = {.init = {.major = 7, .minor = 45, .flags = 1u << 28 | 5}};
    const union body wr = {.write = {.write_flags = FUSE_WRITE_KILL_SUIDGID}};
    const union body wr_no = {.write = {.fh = ~0ull, .offset = ~0ull, .size = ~0u, .write_flags = others}};
    const union body set = {.setattr = {.valid = FATTR_KILL_SUIDGID | FATTR_SIZE}};
    const union body set_no = {.setattr = {.valid = no_kill, .mode = ~0u}};

    (void)state;
    check_lengths(FUSE_INIT, &init, 16, false, 1u << 28 | 5);
    check_lengths(FUSE_WRITE, &wr, sizeof wr.write, true, 0);
    check_lengths(FUSE_WRITE, &wr_no, sizeof wr.write, false, 0);
    check_lengths(FUSE_SETATTR, &set, sizeof set.setattr, true, 0);
    check_lengths(FUSE_SETATTR, &set_no, sizeof set.setattr, false, 0);
    /* The same bytes under another name say nothing. */
    check_lengths(FUSE_READ, &wr, sizeof wr.write, false, 0);
    check_lengths(FUSE_CREATE, &set, sizeof set.setattr, false, 0);
    check_lengths(~0u, &init, 16, false, 0);
}

static void test_tmpfile(void **state)
{
    const size_t name = sizeof(struct fuse_create_in);
    union body body = {.create = {.flags = 1, .mode = 0100600, .umask = 022}};

    (void)state;
    memcpy(body.bytes + name, "/", 2);
    for (size_t n = 0; n <= name + 2; n++) {
        struct raw_request raw;
        size_t len;
        char *made = request(FUSE_TMPFILE, &body, n, &len);

        assert_int_equal(raw_request_read(made, len, 0, &raw), len);
        if (n <= name) { /* no name: not a request of the kernel's, and left for the library to refuse */
            assert_int_equal(opcode_of(made), FUSE_TMPFILE);
        } else {
            struct fuse_in_header head;

            memcpy(&head, made, sizeof head);
            assert_int_equal(head.opcode, FUSE_CREATE);
            assert_int_equal(head.len, len);
            assert_int_equal(head.unique, 7);
            assert_memory_equal(made + sizeof head, &body.create, name);
            assert_int_equal(made[sizeof head + name], '\0');
        }
        assert_false(raw.kill_priv);
        free(made);
    }
}

/* The body as it was before the flags came, with the name and value that follow it. */
static void test_setxattr(void **state)
{
    const size_t whole = sizeof(struct fuse_setxattr_in), gone = whole - FUSE_COMPAT_SETXATTR_IN_SIZE;
    union body body = {.setxattr = {.size = 3, .flags = 2, .setxattr_flags = FUSE_SETXATTR_ACL_KILL_SGID}};
    const struct fuse_setxattr_in before = {.size = 3, .flags = 2};

    (void)state;
    memcpy(body.bytes + whole, "user.a\0val", 10);
    for (size_t n = 0; n <= whole + 10; n++) {
        for (int agreed = 0; agreed < 2; agreed++) {
            bool shorter = agreed && n >= whole;
            struct raw_request raw;
            struct fuse_in_header head;
            size_t len;
            char *made = request(FUSE_SETXATTR, &body, n, &len);

            assert_int_equal(
                raw_request_read(made, len, agreed ? FUSE_SETXATTR_EXT : ~FUSE_SETXATTR_EXT, &raw),
                shorter ? len - gone : len);
            memcpy(&head, made, sizeof head);
            assert_int_equal(head.len, shorter ? len - gone : len);
            assert_int_equal(raw.kill_sgid, shorter);
            if (shorter) {
                assert_memory_equal(made + sizeof head, &before, whole - gone);
                assert_memory_equal(made + sizeof head + whole - gone, "user.a\0val", n - whole);
            } else {
                assert_memory_equal(made + sizeof head, &body, n);
            }
            free(made);
        }
    }
}

static void test_less_than_a_header(void **state)
{
    struct fuse_in_header head = {.opcode = FUSE_TMPFILE};

    (void)state;
    for (size_t n = 0; n < sizeof head; n++) {
        struct raw_request raw = {.offered = 1, .kill_priv = true};
        char *made = malloc(n + 1); /* malloc(0) may be NULL */

        assert_non_null(made);
        memcpy(made, &head, n);
        assert_int_equal(raw_request_read(made, n, ~0u, &raw), n);
        assert_int_equal(raw.offered, 0);
        assert_false(raw.kill_priv);
        assert_memory_equal(made, &head, n);
        free(made);
    }
}

static void test_current(void **state)
{
    const union body wr = {.write = {.write_flags = FUSE_WRITE_KILL_SUIDGID}};
    size_t len;
    char *made = request(FUSE_WRITE, &wr, sizeof wr.write, &len);

    (void)state;
    assert_int_equal(raw_request_begin(made, len, 0), len);
    assert_true(raw_request_current()->kill_priv);
    assert_int_equal(raw_request_begin(made, len - 1, 0), len - 1);
    assert_false(raw_request_current()->kill_priv);
    free(made);
}

/* The second half of the flags is there where the first says so, and where there are bytes for it. */
static void test_long_init(void **state)
{
    const union body init = {.init = {.flags = FUSE_INIT_EXT | 5, .flags2 = 1u << 5 | 1}};
    const uint64_t low = FUSE_INIT_EXT | 5, all = (uint64_t)(1u << 5 | 1) << 32 | low;

    (void)state;
    for (size_t n = 16; n <= sizeof init.init + 16; n++) {
        struct raw_request raw;
        size_t len;
        char *made = request(FUSE_INIT, &init, n, &len);

        assert_int_equal(raw_request_read(made, len, 0, &raw), len);
        assert_int_equal(raw.offered, n < sizeof init.init ? low : all);
        free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_init),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_tmpfile),
        cmocka_unit_test(test_setxattr),
        cmocka_unit_test(test_less_than_a_header),
        cmocka_unit_test(test_current),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
