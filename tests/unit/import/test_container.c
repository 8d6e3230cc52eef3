/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: directories, archives of each dialect of tar, pipes and compressed archives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "import/archive_index.h"
#include "import/layout.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

struct place {
    char dir[256];
    int dirfd;
    char file[300];
    struct source_options opt;
};

static struct place place_new(void)
{
    struct place p = {.opt = {.max_layers = 100, .max_size = 64 << 20}};
    const char *tmp = getenv("TMPDIR");

    assert_true(snprintf(p.dir, sizeof(p.dir), "%.200s/test-container-XXXXXX", tmp ? tmp : "/tmp") <
                (int)sizeof(p.dir));
    assert_non_null(mkdtemp(p.dir));
    p.dirfd = open(p.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p.dirfd >= 0);
    snprintf(p.file, sizeof(p.file), "%s/archive", p.dir);
    p.opt.tmp_dirfd = p.dirfd;
    return p;
}

static void place_done(struct place *p)
{
    close(p->dirfd);
    assert_int_equal(beneath_remove(AT_FDCWD, p->dir), 0);
}

/* One member to write: a file with `text`, or a link. */
struct item {
    const char *path, *text, *symlink, *hardlink;
};

static void write_item(struct archive *a, const struct item *i)
{
    struct archive_entry *e = archive_entry_new();
    size_t len = i->text ? strlen(i->text) : 0;

    archive_entry_set_pathname(e, i->path);
    archive_entry_set_mode(e, i->symlink ? S_IFLNK | 0777 : S_IFREG | 0644);
    archive_entry_set_mtime(e, 1, 500000000); /* a part of a second makes pax write an extended header */
    if (i->symlink)
        archive_entry_set_symlink(e, i->symlink);
    if (i->hardlink)
        archive_entry_set_hardlink(e, i->hardlink);
    else
        archive_entry_set_size(e, (la_int64_t)len);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    if (len)
        assert_int_equal(archive_write_data(a, i->text, len), (la_ssize_t)len);
    archive_entry_free(e);
}

static void write_archive(const char *file, int format, int filter, const struct item *items, size_t n)
{
    struct archive *a = archive_write_new();

    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    if (filter)
        assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, file), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++)
        write_item(a, &items[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void assert_member(struct container *c, const char *path, const char *text)
{
    cleanup_free char *data = NULL;
    struct err err = {{0}};
    size_t len;
    int r = container_read(c, path, 1 << 20, &data, &len, &err);

    if (r < 0)
        fail_msg("%s: %d %s", path, r, err.text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(data, text);
}

#define LONG_PART                                                                                            \
    "long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-"

#define FAR_AWAY 4

static const struct item items[] = {
    {.path = "one", .text = "first"},
    {.path = "./two", .text = "second"},
    {.path = "/three", .text = "third"},
    {.path = "empty", .text = ""},
    {.path = LONG_PART "/" LONG_PART "/" LONG_PART, .text = "far away"},
    {.path = "one", .text = "first"},
    {.path = "./one", .text = "first"},
    {.path = "one", .text = "first"},
    {.path = "one", .text = "first again"},
    {.path = "d/soft", .symlink = "../two"},
    {.path = "d/absolute", .symlink = "/three"},
    {.path = "d/hard", .hardlink = "./two"},
    {.path = "d/chain", .symlink = "soft"},
    {.path = "d/circle", .symlink = "circle"},
    {.path = "d/out", .symlink = "../../etc/passwd"},
    {.path = "d/nowhere", .symlink = "gone"},
};

static void assert_items(struct container *c)
{
    struct extent x;
    struct err err = {{0}};

    assert_member(c, "one", "first again");
    assert_member(c, "two", "second");
    assert_member(c, "./two", "second");
    assert_member(c, "d/../two", "second");
    assert_member(c, "three", "third");
    assert_member(c, "empty", "");
    assert_member(c, "d/soft", "second");
    assert_member(c, "d/absolute", "third");
    assert_member(c, "d/hard", "second");
    assert_member(c, "d/chain", "second");
    assert_int_equal(container_member(c, "d/circle", &x, &err), -ELOOP);
    assert_int_equal(container_member(c, "d/out", &x, &err), -ENOENT);
    assert_int_equal(container_member(c, "d/nowhere", &x, &err), -ENOENT);
    assert_int_equal(container_member(c, "../one", &x, &err), -EXDEV);
    err = (struct err){{0}};
    assert_int_equal(container_member(c, "none", &x, &err), -ENOENT);
    assert_string_equal(err.text, "");
}

static void every_dialect_of_tar(void **state)
{
    static const struct {
        int format, filter;
        bool has_long_names;
    } dialects[] = {
        {ARCHIVE_FORMAT_TAR_USTAR, 0, false},
        {ARCHIVE_FORMAT_TAR_GNUTAR, 0, true},
        {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, 0, true},
        {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_GZIP, true},
        {ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_ZSTD, true},
    };
    struct place p = place_new();

    (void)state;
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        struct item copy[sizeof(items) / sizeof(items[0])];
        struct container *c;
        struct err err = {{0}};

        memcpy(copy, items, sizeof(items));
        if (!dialects[i].has_long_names)
            copy[FAR_AWAY].path = "short";
        write_archive(p.file, dialects[i].format, dialects[i].filter, copy, sizeof(copy) / sizeof(copy[0]));
        if (container_open_path(p.file, &p.opt, &c, &err) < 0)
            fail_msg("%zu: %s", i, err.text);
        assert_items(c);
        assert_member(c, copy[FAR_AWAY].path, "far away");
        container_close(c);
    }
    place_done(&p);
}

static void extents_do_not_own_the_archive(void **state)
{
    struct place p = place_new();
    struct container *c;
    struct extent x;

    (void)state;
    write_archive(p.file, ARCHIVE_FORMAT_TAR_USTAR, 0, items, 1);
    assert_int_equal(container_open_path(p.file, &p.opt, &c, NULL), 0);
    assert_int_equal(container_member(c, "one", &x, NULL), 0);
    assert_false(x.own_fd);
    assert_int_equal(x.size, 5);
    extent_done(&x);
    assert_member(c, "one", "first");
    container_close(c);
    place_done(&p);
}

static void *feed(void *arg)
{
    int *fds = arg;
    char buf[1000];
    ssize_t n;

    while ((n = read(fds[0], buf, sizeof(buf))) > 0)
        assert_int_equal(fd_write(fds[1], buf, (size_t)n), 0);
    close(fds[1]);
    return NULL;
}

static void a_pipe_is_kept_in_an_unnamed_file(void **state)
{
    struct place p = place_new();
    struct container *c;
    struct err err = {{0}};
    pthread_t thread;
    int pipe_fds[2], fds[2];

    (void)state;
    write_archive(p.file, ARCHIVE_FORMAT_TAR_GNUTAR, 0, items, sizeof(items) / sizeof(items[0]));
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    fds[0] = open(p.file, O_RDONLY | O_CLOEXEC);
    fds[1] = pipe_fds[1];
    assert_int_equal(unlink(p.file), 0);
    assert_int_equal(pthread_create(&thread, NULL, feed, fds), 0);
    if (container_open_stream(pipe_fds[0], &p.opt, &c, &err) < 0)
        fail_msg("%s", err.text);
    pthread_join(thread, NULL);
    close(fds[0]);
    close(pipe_fds[0]);
    assert_items(c);
    assert_int_equal(rmdir(p.dir), 0); /* there is nothing in it */
    assert_int_equal(mkdir(p.dir, 0700), 0);
    container_close(c);
    place_done(&p);
}

struct silence {
    int fds[2];
    atomic_bool cancel;
};

/* Cancels once the reader has taken all there is, and so waits for more. */
static void *fall_silent(void *arg)
{
    struct silence *s = arg;
    int left = 1;

    assert_int_equal(fd_write(s->fds[1], "some", 4), 0);
    while (left > 0) {
        assert_int_equal(ioctl(s->fds[0], FIONREAD, &left), 0);
        sched_yield();
    }
    atomic_store(&s->cancel, true);
    return NULL;
}

static void a_silent_pipe_can_be_cancelled(void **state)
{
    struct place p = place_new();
    struct silence s = {.cancel = false};
    struct container *c;
    struct err err = {{0}};
    pthread_t thread;

    (void)state;
    assert_int_equal(pipe2(s.fds, O_CLOEXEC), 0);
    p.opt.cancel = &s.cancel;
    assert_int_equal(pthread_create(&thread, NULL, fall_silent, &s), 0);
    assert_int_equal(container_open_stream(s.fds[0], &p.opt, &c, &err), -ECANCELED);
    pthread_join(thread, NULL);
    close(s.fds[0]);
    close(s.fds[1]);
    place_done(&p);
}

static void what_is_no_archive_is_refused(void **state)
{
    struct place p = place_new();
    struct container *c;
    struct err err = {{0}};
    struct stat st;
    int fd;

    (void)state;
    assert_int_equal(container_open_path(p.file, &p.opt, &c, &err), -ENOENT);
    fd = open(p.file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_int_equal(container_open_path(p.file, &p.opt, &c, &err), -EINVAL);
    assert_int_equal(fd_write(fd, "no archive", 10), 0);
    close(fd);
    assert_int_equal(container_open_path(p.file, &p.opt, &c, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "no tar archive"));

    /* Cut at each block: whole up to there, or refused; never a member that is not whole. */
    write_archive(p.file, ARCHIVE_FORMAT_TAR_USTAR, 0, items, 2);
    assert_int_equal(stat(p.file, &st), 0);
    for (off_t size = 2048; size > 0; size -= 256) {
        assert_int_equal(truncate(p.file, size), 0);
        if (container_open_path(p.file, &p.opt, &c, &err) == 0) {
            assert_true(size % 512 == 0);
            assert_member(c, "one", "first");
            container_close(c);
        }
    }
    /* A compressed archive that would fill the disk. */
    write_archive(p.file, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, items, 2);
    p.opt.max_size = 1024;
    assert_int_equal(container_open_path(p.file, &p.opt, &c, &err), -EFBIG);
    place_done(&p);
}

static void members_of_directories(void **state)
{
    struct place p = place_new();
    struct container *c;
    struct extent x;
    struct err err = {{0}};
    char *data;
    size_t len;

    (void)state;
    assert_int_equal(mkdirat(p.dirfd, "d", 0755), 0);
    assert_int_equal(fd_replace_file(p.dirfd, "one", "first", 5, 0644), 0);
    assert_int_equal(symlinkat("one", p.dirfd, "soft"), 0);
    assert_int_equal(symlinkat("/etc", p.dirfd, "out"), 0);
    assert_int_equal(mkfifoat(p.dirfd, "fifo", 0644), 0);
    assert_int_equal(container_open_path(p.dir, &p.opt, &c, &err), 0);
    assert_member(c, "one", "first");
    assert_member(c, "./d/../one", "first");
    assert_int_equal(container_member(c, "none", &x, &err), -ENOENT);
    assert_int_equal(container_member(c, "one/none", &x, &err), -ENOENT);
    assert_string_equal(err.text, "");
    assert_int_equal(container_member(c, "soft", &x, &err), -ELOOP);
    assert_int_equal(container_member(c, "out/passwd", &x, &err), -ELOOP);
    assert_int_equal(container_member(c, "../one", &x, &err), -EXDEV);
    assert_int_equal(container_member(c, "d", &x, &err), -EINVAL);
    assert_int_equal(container_member(c, "fifo", &x, &err), -EINVAL);
    assert_int_equal(container_read(c, "one", 4, &data, &len, &err), -EFBIG);
    /* Many members at once need no more descriptors than are in use. */
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(container_member(c, "one", &x, &err), 0);
        extent_done(&x);
    }
    container_close(c);
    place_done(&p);
}

static void paths_are_cleaned(void **state)
{
    static const struct {
        const char *path, *beside, *want;
        int r;
    } cases[] = {
        {"a/b", NULL, "a/b", 0},         {"./a//b/", NULL, "a/b", 0},
        {"/a", "x/y", "a", 0},           {"../a", "x/y", "a", 0},
        {"a", "x/y", "x/a", 0},          {"../../a", "x/y", NULL, -EXDEV},
        {"a/../..", NULL, NULL, -EXDEV}, {"", NULL, NULL, -ENOENT},
        {"a/..", NULL, NULL, -ENOENT},   {".", "x/y", "x", 0},
        {"..", "x/y/z", "x", 0},         {"...", NULL, "...", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *got = NULL;

        assert_int_equal(member_path_clean(cases[i].path, cases[i].beside, &got), cases[i].r);
        if (cases[i].want)
            assert_string_equal(got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialect_of_tar),
        cmocka_unit_test(extents_do_not_own_the_archive),
        cmocka_unit_test(a_pipe_is_kept_in_an_unnamed_file),
        cmocka_unit_test(a_silent_pipe_can_be_cancelled),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(members_of_directories),
        cmocka_unit_test(paths_are_cleaned),
    };
    return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
