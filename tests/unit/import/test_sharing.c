/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equal contents are stored once: whatever is shared, a layer's index has the same bytes as without sharing, every
 * content can be read, and a content that only looks equal is not shared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "import/content.h"
#include "import/known.h"
#include "import/unpack.h"
#include "import_case.h"
#include "layer_dump.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tar_maker.h"

#define MIB (1u << 20)

struct stage {
    struct import_case f;
    struct known *known;
    int fd; /* directory of the layers in the making */
};

static void stage_begin(struct stage *s)
{
    case_begin(&s->f, PLAIN);
    assert_int_equal(mkdirat(s->f.m.fd, "stage", 0700), 0);
    s->fd = openat(s->f.m.fd, "stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(s->fd >= 0);
    s->known = known_new(s->f.store);
    assert_non_null(s->known);
}

static void stage_end(struct stage *s)
{
    known_free(s->known);
    close(s->fd);
    case_end(&s->f);
}

struct stream {
    const struct buf *bytes;
    size_t pos;
};

static ssize_t give(void *ctx, const void **ret)
{
    struct stream *s = ctx;
    size_t n = s->bytes->len - s->pos;

    if (n > 100000)
        n = 100000;
    *ret = s->bytes->data + s->pos;
    s->pos += n;
    return (ssize_t)n;
}

/* Unpacks as directory `name` and returns it, open. */
static int unpack(const struct stage *s, struct known *known, const char *name, const struct buf *tar)
{
    const struct unpack_limits limits = {.max_files = 10000, .max_size = UINT64_C(1) << 40};
    struct stream in = {.bytes = tar};
    struct err err = {""};
    int dir;

    assert_int_equal(mkdirat(s->fd, name, 0700), 0);
    dir = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    if (unpack_layer(give, &in, dir, known ? known_layer_begin(known, s->fd, name) : NULL, &limits, &err) < 0)
        fail_msg("%s", err.text);
    return dir;
}

static uint64_t blocks_of(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_blocks : 0;
}

static uint64_t links_of(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_nlink : 0;
}

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_same_layers(int a, int b)
{
    cleanup_buf struct buf x = BUF_INIT, y = BUF_INIT;
    cleanup_free char *p = NULL, *q = NULL;
    cleanup_fd int f = openat(a, "index", O_RDONLY | O_CLOEXEC), g = openat(b, "index", O_RDONLY | O_CLOEXEC);
    size_t n, m;

    layer_dump(a, &x);
    layer_dump(b, &y);
    assert_string_equal(buf_str(&x), buf_str(&y));
    assert_int_equal(fd_slurp(f, 64 * MIB, &p, &n), 0);
    assert_int_equal(fd_slurp(g, 64 * MIB, &q, &m), 0);
    assert_int_equal(n, m);
    assert_memory_equal(p, q, n);
}

/* `size` bytes that `id` alone decides. */
static char *content(uint32_t id, size_t size)
{
    char *data = malloc(size + 8);
    uint64_t x = id * 0x9e3779b97f4a7c15u + 1;

    assert_non_null(data);
    for (size_t i = 0; i < size; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(data + i, &x, 8);
    }
    return data;
}

static void add_file(struct buf *tar, const char *name, uint32_t id, size_t size)
{
    cleanup_free char *data = content(id, size);

    tar_file(tar, name, data, size);
}

static const size_t sizes[] = {0,     1,     7,      8,       100, 4095,       4096,   5000,
                               65536, 70000, 600000, MIB - 1, MIB, MIB + 4097, 3 * MIB};
#define N_SIZES (sizeof sizes / sizeof *sizes)

/* Files of random contents, of which many are equal: what is left after sharing is the layer that it would be. */
static void random_layers(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++) {
        struct stage s;
        cleanup_buf struct buf first = BUF_INIT, second = BUF_INIT;

        stage_begin(&s);
        srand(seed);
        for (int i = 0; i < 120; i++) {
            uint32_t id = (uint32_t)rand() % 12;
            size_t size = sizes[(size_t)rand() % (rand() % 4 ? N_SIZES - 4 : N_SIZES)];
            char name[32];

            snprintf(name, sizeof name, "file-%03d", i);
            if (rand() % 2)
                add_file(&first, name, id, size);
            if (rand() % 2)
                add_file(&second, name, id, size);
        }
        tar_end(&first);
        tar_end(&second);
        cleanup_fd int a = unpack(&s, NULL, "first-alone", &first), b = unpack(&s, s.known, "first", &first),
                       c = unpack(&s, NULL, "second-alone", &second),
                       d = unpack(&s, s.known, "second", &second), e = unpack(&s, s.known, "again", &second);
        assert_same_layers(a, b);
        assert_same_layers(c, d);
        assert_same_layers(c, e);
        assert_true(blocks_of(d, "packs/0") < blocks_of(c, "pack"));
        assert_int_equal(blocks_of(e, "packs/0"), 0);
        assert_false(has(e, "pack"));
        stage_end(&s);
    }
}

static void nothing_to_share(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT, other = BUF_INIT;

    (void)state;
    stage_begin(&s);
    add_file(&tar, "a", 1, 100);
    add_file(&tar, "b", 2, MIB);
    tar_end(&tar);
    add_file(&other, "a", 3, 100);
    add_file(&other, "b", 4, MIB); /* as long as another */
    tar_end(&other);
    cleanup_fd int a = unpack(&s, s.known, "a", &tar), b = unpack(&s, s.known, "b", &other);
    assert_true(has(a, "pack") && has(b, "pack"));
    assert_false(has(b, "packs") || has(b, "places"));
    assert_int_equal(links_of(a, "pack"), 1);
    assert_int_equal(links_of(a, "files/1"), 1);
    stage_end(&s);
}

static void links(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    stage_begin(&s);
    add_file(&tar, "small", 1, 5000);
    add_file(&tar, "large", 2, 2 * MIB);
    tar_end(&tar);
    cleanup_fd int a = unpack(&s, s.known, "a", &tar), b = unpack(&s, s.known, "b", &tar);
    assert_int_equal(links_of(a, "pack"), 2);
    assert_int_equal(links_of(b, "packs/1"), 2);
    assert_int_equal(links_of(b, "files/1"), 2);
    /* Each layer has all of its bytes by itself. */
    assert_int_equal(beneath_remove(s.fd, "a"), 0);
    cleanup_fd int alone = unpack(&s, NULL, "alone", &tar);
    assert_same_layers(alone, b);
    stage_end(&s);
}

/* Changes one byte of a file. */
static void damage(int dir, const char *name, uint64_t at)
{
    cleanup_fd int fd = openat(dir, name, O_RDWR | O_CLOEXEC);
    char c;

    assert_int_equal(fd_pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(fd_pwrite(fd, &c, 1, at), 0);
}

static void damaged_contents_are_not_shared(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    stage_begin(&s);
    add_file(&tar, "small", 1, 5000);
    add_file(&tar, "large", 2, 2 * MIB);
    tar_end(&tar);
    cleanup_fd int alone = unpack(&s, NULL, "alone", &tar), a = unpack(&s, s.known, "a", &tar);
    damage(a, "pack", 4999);
    damage(a, "files/1", 2 * MIB - 1); /* found when all of it has come */
    cleanup_fd int b = unpack(&s, s.known, "b", &tar);
    assert_same_layers(alone, b);
    assert_int_equal(links_of(a, "pack"), 1);
    assert_int_equal(links_of(a, "files/1"), 1);
    assert_false(has(b, "packs"));
    /* The sound ones are. */
    cleanup_fd int c = unpack(&s, s.known, "c", &tar);
    assert_same_layers(alone, c);
    assert_int_equal(links_of(b, "pack"), 2);
    assert_int_equal(links_of(b, "files/1"), 2);
    stage_end(&s);
}

/* A candidate with the right checksum, but other bytes: as somebody can make one who can make checksums collide. */
static void checksums_are_not_trusted(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT, other = BUF_INIT;
    cleanup_free char *data = content(1, 5000), *large = content(2, 2 * MIB);

    (void)state;
    stage_begin(&s);
    add_file(&other, "x", 7, 5000);
    add_file(&other, "y", 8, 2 * MIB);
    tar_end(&other);
    tar_file(&tar, "small", data, 5000);
    tar_file(&tar, "large", large, 2 * MIB);
    tar_end(&tar);
    cleanup_fd int evil = unpack(&s, NULL, "evil", &other), alone = unpack(&s, NULL, "alone", &tar);
    struct known_layer *l = known_layer_begin(s.known, s.fd, "evil");
    known_add(s.known, &(struct known_content){.hash = XXH3_64bits(data, 5000), .size = 5000, .layer = l});
    known_add(
        s.known,
        &(struct known_content){
            .hash = XXH3_64bits(large, 2 * MIB), .size = 2 * MIB, .at = 1, .layer = l, .pack = KNOWN_FILE});
    /* Places that lead nowhere. */
    known_add(s.known,
              &(struct known_content){
                  .hash = XXH3_64bits(data, 5000), .size = 5000, .at = INT64_MAX - 5000, .layer = l});
    known_add(s.known,
              &(struct known_content){.hash = XXH3_64bits(data, 5000), .size = 5000, .pack = 9, .layer = l});
    cleanup_fd int b = unpack(&s, s.known, "b", &tar);
    assert_same_layers(alone, b);
    assert_int_equal(links_of(evil, "pack"), 1);
    assert_int_equal(links_of(evil, "files/1"), 1);
    stage_end(&s);
}

/* A layer that is gone, or cannot be linked to, is no reason to fail. */
static void layers_that_are_gone(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    stage_begin(&s);
    add_file(&tar, "small", 1, 5000);
    add_file(&tar, "large", 2, 2 * MIB);
    tar_end(&tar);
    cleanup_fd int alone = unpack(&s, NULL, "alone", &tar), a = unpack(&s, s.known, "a", &tar);
    (void)a;
    assert_int_equal(beneath_remove(s.fd, "a"), 0);
    cleanup_fd int b = unpack(&s, s.known, "b", &tar);
    assert_same_layers(alone, b);
    stage_end(&s);
}

/* Holes are zeros like others, and equal to them. */
static void holes(void **state)
{
    static const int64_t pairs[] = {MIB, 4096}, short_pairs[] = {8192, 4096};
    struct stage s;
    cleanup_buf struct buf sparse = BUF_INIT, full = BUF_INIT;
    cleanup_free char *data = calloc(1, 3 * MIB), *some = content(1, 4096);

    (void)state;
    stage_begin(&s);
    tar_header(&sparse, &(struct tar_header){.type = 'S',
                                             .name = "large",
                                             .gnu = true,
                                             .size = 4096,
                                             .sparse = pairs,
                                             .n_sparse = 1,
                                             .real_size = 3 * MIB});
    tar_body(&sparse, some, 4096);
    tar_header(&sparse, &(struct tar_header){.type = 'S',
                                             .name = "small",
                                             .gnu = true,
                                             .size = 4096,
                                             .sparse = short_pairs,
                                             .n_sparse = 1,
                                             .real_size = 40960});
    tar_body(&sparse, some, 4096);
    tar_end(&sparse);
    memcpy(data + MIB, some, 4096);
    tar_file(&full, "large", data, 3 * MIB);
    memset(data, 0, 3 * MIB);
    memcpy(data + 8192, some, 4096);
    tar_file(&full, "small", data, 40960);
    tar_end(&full);
    cleanup_fd int alone = unpack(&s, NULL, "alone", &sparse), a = unpack(&s, s.known, "a", &sparse),
                   b = unpack(&s, s.known, "b", &full), full_alone = unpack(&s, NULL, "full-alone", &full);
    assert_same_layers(alone, a);
    assert_same_layers(full_alone, b);
    assert_int_equal(links_of(a, "files/1"), 2);
    assert_int_equal(links_of(a, "pack"), 2);
    assert_true(blocks_of(a, "files/1") < 64);
    assert_true(blocks_of(a, "pack") <= 16);
    stage_end(&s);
}

/* ---- several layers at once */

#define N_THREADS 8

struct job {
    const struct stage *s;
    const struct buf *tar;
    char name[16];
    int dir;
};

static void *run_job(void *ctx)
{
    struct job *j = ctx;

    j->dir = unpack(j->s, j->s->known, j->name, j->tar);
    return NULL;
}

/* Equal contents that come at the same time are stored once, too. */
static void at_once(void **state)
{
    struct stage s;
    cleanup_buf struct buf tar = BUF_INIT;
    struct job jobs[N_THREADS];
    pthread_t threads[N_THREADS];
    uint64_t blocks = 0, files = 0;

    (void)state;
    stage_begin(&s);
    for (uint32_t i = 0; i < 200; i++) {
        char name[32];

        snprintf(name, sizeof name, "file-%u", (unsigned)i);
        add_file(&tar, name, i, 4096 + 100 * i);
    }
    add_file(&tar, "large", 1000, 2 * MIB);
    tar_end(&tar);
    cleanup_fd int alone = unpack(&s, NULL, "alone", &tar);
    for (int i = 0; i < N_THREADS; i++) {
        jobs[i] = (struct job){.s = &s, .tar = &tar};
        snprintf(jobs[i].name, sizeof jobs[i].name, "layer-%d", i);
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < N_THREADS; i++) {
        assert_same_layers(alone, jobs[i].dir);
        blocks += blocks_of(jobs[i].dir, "pack") + blocks_of(jobs[i].dir, "packs/0");
        files += links_of(jobs[i].dir, "files/1");
        close(jobs[i].dir);
    }
    assert_true(blocks <= blocks_of(alone, "pack") + 8);
    assert_int_equal(files, N_THREADS * N_THREADS);
    stage_end(&s);
}

/* ---- with a store */

/* Contents of stored layers are known, also those of a layer whose own contents are in another, removed one. */
static void stored_layers(void **state)
{
    struct stage s;
    struct made_layer one, two;
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    stage_begin(&s);
    made_layer_set(&one, PLAIN, (const char *const[]){"a=one content", "b=another content", NULL});
    made_layer_set(&two, PLAIN, (const char *const[]){"c=one content", "d=a third content", NULL});
    cleanup_free char *app = maker_image(&s.f.m, "amd64", &one, 1, NAMED("app"));
    cleanup_free char *more = maker_image(&s.f.m, "amd64", &two, 1, NAMED("more"));
    case_put_index(&s.f, (const char *const[]){app, more}, 2);
    case_must_import(&s.f, SOURCE_OCI, "app", 1);
    case_must_import(&s.f, SOURCE_OCI, "more", 1);
    cleanup_fd int first = store_open_layer(s.f.store, &one.tar.digest, NULL),
                   second = store_open_layer(s.f.store, &two.tar.digest, NULL);
    assert_int_equal(links_of(first, "pack"), 2);
    assert_int_equal(links_of(second, "packs/1"), 2);
    assert_true(store_layer_opens(s.f.store, &two.tar.digest));
    cleanup_fd int layers = store_open_dir(s.f.store, "layers");
    char hex[DIGEST_HEX_MAX];
    assert_int_equal(beneath_remove(layers, digest_hex(&one.tar.digest, hex)), 0);
    known_free(s.known);
    s.known = known_new(s.f.store);
    tar_file(&tar, "x", "one content", 11);
    tar_file(&tar, "y", "a third content", 15);
    tar_end(&tar);
    cleanup_fd int third = unpack(&s, s.known, "third", &tar), alone = unpack(&s, NULL, "alone", &tar);
    assert_same_layers(alone, third);
    assert_int_equal(links_of(second, "packs/1"), 2);
    assert_int_equal(links_of(second, "packs/0"), 2);
    made_layer_free(&one);
    made_layer_free(&two);
    stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_layers),
        cmocka_unit_test(nothing_to_share),
        cmocka_unit_test(links),
        cmocka_unit_test(damaged_contents_are_not_shared),
        cmocka_unit_test(checksums_are_not_trusted),
        cmocka_unit_test(layers_that_are_gone),
        cmocka_unit_test(holes),
        cmocka_unit_test(at_once),
        cmocka_unit_test(stored_layers),
    };
    return cmocka_run_group_tests_name("sharing", tests, NULL, NULL);
}
