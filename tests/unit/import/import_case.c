/* SPDX-License-Identifier: Apache-2.0 */
#include "import_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/beneath.h"
#include "os/cleanup.h"

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct import_case *f = ctx;

    assert_true(done >= f->done && done <= total);
    f->done = done;
    f->total = total;
    if (f->cancel_at && done >= f->cancel_at)
        f->cancel = true;
}

static void on_begin(void *ctx, const char *name, size_t layers, size_t layers_here)
{
    struct import_case *f = ctx;

    (void)name;
    assert_true(layers_here <= layers);
    f->begun++;
}

void case_begin(struct import_case *f, enum compression c)
{
    static const char *const files[N_LAYERS][4] = {{"etc/", "etc/passwd=root", "big=0123456789", NULL},
                                                   {"etc/.wh.passwd=", "etc/group=x", NULL},
                                                   {"top=1", NULL}};

    *f = (struct import_case){
        .opt = {.progress = on_progress, .image_begin = on_begin, .ctx = f, .threads = 2}};
    maker_init(&f->m);
    for (int i = 0; i < N_LAYERS; i++)
        made_layer_set(&f->layers[i], c, files[i]);
    platform_parse("linux/amd64", &f->opt.platform, NULL);
    import_limits_default(&f->opt.limits);
    snprintf(f->store_dir, sizeof(f->store_dir), "%.255s.store", f->m.dir);
    assert_int_equal(store_open(f->store_dir, STORE_CREATE, &f->store, &f->err), 0);
}

void case_end(struct import_case *f)
{
    import_results_free(&f->results);
    store_close(f->store);
    assert_int_equal(beneath_remove(AT_FDCWD, f->store_dir), 0);
    for (int i = 0; i < N_LAYERS; i++)
        made_layer_free(&f->layers[i]);
    maker_done(&f->m);
}

int case_import(struct import_case *f, enum source_kind kind, const char *tag)
{
    struct source_ref ref = {.kind = kind,
                             .path = kind == SOURCE_DOCKER_ARCHIVE ? f->m.archive : f->m.dir,
                             .tag = tag ? strdup(tag) : NULL};
    int r;

    import_results_free(&f->results);
    f->err = (struct err){{0}};
    f->done = f->total = 0;
    f->begun = 0;
    r = import_source(f->store, &ref, &f->opt, &f->results, &f->err);
    free(ref.tag);
    return r;
}

void case_must_import(struct import_case *f, enum source_kind kind, const char *tag, size_t images)
{
    int r = case_import(f, kind, tag);

    if (r < 0)
        fail_msg("%d %s", r, f->err.text);
    assert_int_equal(f->results.n, images);
    assert_int_equal(f->done, f->total);
    assert_string_equal(f->err.text, "");
}

size_t case_count(struct import_case *f, const char *dir)
{
    int fd = openat(store_fd(f->store), dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fdopendir(fd);
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

size_t case_catalog_size(struct import_case *f)
{
    struct catalog c;
    size_t n;

    assert_int_equal(store_catalog(f->store, &c, NULL), 0);
    n = c.n;
    catalog_free(&c);
    return n;
}

void case_assert_store(struct import_case *f, size_t images, size_t layers, size_t blobs, size_t trees)
{
    assert_int_equal(case_catalog_size(f), images);
    assert_int_equal(case_count(f, "layers"), layers);
    assert_int_equal(case_count(f, "blobs/sha256"), blobs);
    assert_int_equal(case_count(f, "trees"), trees);
    assert_int_equal(case_count(f, "tmp"), 0);
}

void case_must_fail(struct import_case *f, enum source_kind kind, int want, const char *line)
{
    int r = case_import(f, kind, NULL);

    if (r != want || !strstr(f->err.text, line))
        fail_msg("\"%s\" is not in \"%s\" (%d)", line, f->err.text, r);
    assert_int_equal(f->results.n, 0);
}

void case_put_index(struct import_case *f, const char *const *entries, size_t n)
{
    cleanup_free char *text = made_index(entries, n);

    maker_text(&f->m, "index.json", text);
}

void case_put_app(struct import_case *f, size_t n)
{
    cleanup_free char *app = maker_image(&f->m, "amd64", f->layers, n, NAMED("app"));

    case_put_index(f, (const char *const[]){app}, 1);
}

void case_put_docker(struct import_case *f, const char *tags)
{
    cleanup_free char *config = made_config("amd64", f->layers, N_LAYERS);
    char text[256];

    maker_text(&f->m, "config.json", config);
    snprintf(
        text, sizeof(text),
        "[{\"Config\": \"config.json\", \"RepoTags\": %s, \"Layers\": [\"0.tar\", \"1.tar\", \"2.tar\"]}]",
        tags);
    maker_text(&f->m, "manifest.json", text);
    for (int i = 0; i < N_LAYERS; i++) {
        snprintf(text, sizeof(text), "%d.tar", i);
        maker_file(&f->m, text, f->layers[i].blob.data, f->layers[i].blob.len);
    }
    maker_pack(&f->m, false);
}
