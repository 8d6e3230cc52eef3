/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexing/layer_builder.h"
#include "indexing/merge.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

struct scratch scratch_make(void)
{
    const char *tmp = getenv("TMPDIR");
    struct scratch d;

    snprintf(d.path, sizeof(d.path), "%.200s/mica-disk-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(d.path));
    return d;
}

void scratch_remove(struct scratch *d)
{
    assert_int_equal(beneath_remove(AT_FDCWD, d->path), 0);
}

const char *scratch_path(const struct scratch *d, const char *name)
{
    static char paths[8][1024];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", d->path, name);
    return path;
}

struct store *scratch_store(const struct scratch *d)
{
    struct store *s;
    struct err err = {""};

    if (store_open(scratch_path(d, "store"), STORE_CREATE, &s, &err) < 0)
        fail_msg("%s", err.text);
    return s;
}

void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

char *read_text(const char *path)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text;
    size_t len;

    assert_true(fd >= 0);
    assert_int_equal(fd_slurp(fd, 1u << 24, &text, &len), 0);
    return text;
}

size_t count_names(const char *path)
{
    cleanup_dir DIR *d = opendir(path);
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    return n;
}

struct digest digest_of_text(const char *text)
{
    struct digest d;

    if (digest_of(DIGEST_SHA256, text, strlen(text), &d) < 0)
        abort();
    return d;
}

/* Digests of layers are trusted by the store, so they need not be of real archives. */
struct sample sample_make(const char *seed)
{
    struct sample i;
    char text[128], layer[DIGEST_STRING_MAX], blob[DIGEST_STRING_MAX], config[DIGEST_STRING_MAX];

    snprintf(text, sizeof(text), "archive of %s", seed);
    i.layer = digest_of_text(text);
    snprintf(text, sizeof(text), "compressed archive of %s", seed);
    i.layer_blob = digest_of_text(text);
    snprintf(i.config_json, sizeof(i.config_json),
             "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%"
             "s\"]}}",
             digest_string(&i.layer, layer));
    i.config = digest_of_text(i.config_json);
    snprintf(i.manifest_json, sizeof(i.manifest_json),
             "{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_MANIFEST
             "\",\"config\":{\"mediaType\":\"" MT_OCI_CONFIG
             "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[{\"mediaType\":\"" MT_OCI_LAYER_GZIP
             "\",\"digest\":\"%s\",\"size\":%zu}]}",
             digest_string(&i.config, config), strlen(i.config_json), digest_string(&i.layer_blob, blob),
             strlen(text));
    i.manifest = digest_of_text(i.manifest_json);
    return i;
}

struct tx_name sample_name(const struct sample *i, const char *name)
{
    static char media_type[] = MT_OCI_MANIFEST;

    return (struct tx_name){
        .name = name,
        .manifest = {.media_type = media_type, .digest = i->manifest, .size = strlen(i->manifest_json)},
    };
}

static int put_json(struct tx *t, const char *json, const struct digest *d)
{
    return tx_put_blob(t, json, strlen(json), d, NULL);
}

/* A layer with one directory of the seed's name. */
static int write_layer_index(int dir, const char *seed)
{
    struct layer_builder *b = layer_builder_new(16, -1);
    struct layer_entry e = {.mode = S_IFDIR | 0755};
    cleanup_fd int fd = openat(dir, "index", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    uint32_t id;
    int r = fd < 0 ? -errno : b ? layer_builder_add(b, seed, &e, &id, NULL) : -ENOMEM;

    if (r == 0)
        r = layer_builder_finish(b, fd, NULL);
    layer_builder_free(b);
    return r;
}

static int write_layer(int tx_dir, const char *name, const char *seed, const struct digest *blob)
{
    char from[DIGEST_STRING_MAX + 16], hex[DIGEST_HEX_MAX];
    cleanup_fd int dir = -1;
    cleanup_fd int pack = -1;
    cleanup_fd int marker = -1;

    if (mkdirat(tx_dir, name, 0700) < 0)
        return -errno;
    dir = openat(tx_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(from, sizeof(from), "from/sha256-%s", digest_hex(blob, hex));
    if (dir < 0 || mkdirat(dir, "from", 0700) < 0)
        return -errno;
    marker = openat(dir, from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    pack = openat(dir, "pack", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (marker < 0 || pack < 0)
        return -errno;
    return write_layer_index(dir, seed);
}

static int write_tree(int tx_dir, const char *layer_name, const char *name, const struct digest *layer)
{
    char path[128];
    struct merge_layer m = {NULL, layer->bytes, digest_len(layer->alg)};
    cleanup_fd int index_fd = -1;
    cleanup_fd int fd = openat(tx_dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct index *ix;
    int r;

    snprintf(path, sizeof(path), "%s/index", layer_name);
    index_fd = openat(tx_dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || index_fd < 0)
        return -errno;
    r = index_open(index_fd, "sample", INDEX_LAYER, &ix, NULL);
    if (r < 0)
        return r;
    m.index = ix;
    r = merge_layers(&m, 1, -1, fd, NULL, NULL);
    index_free(ix);
    return r;
}

int sample_put(struct tx *t, const char *seed)
{
    struct sample i = sample_make(seed);
    char layer[64], tree[64], blob[128];
    int r;

    snprintf(layer, sizeof(layer), "layer-%s", seed);
    snprintf(tree, sizeof(tree), "tree-%s", seed);
    snprintf(blob, sizeof(blob), "compressed archive of %s", seed);
    r = write_layer(tx_fd(t), layer, seed, &i.layer_blob);
    if (r == 0)
        r = write_tree(tx_fd(t), layer, tree, &i.layer);
    if (r == 0)
        r = tx_add_layer(t, layer, &i.layer);
    if (r == 0)
        r = tx_add_tree(t, tree, &i.layer); /* the ChainID of one layer is its DiffID */
    if (r == 0)
        r = put_json(t, blob, &i.layer_blob);
    if (r == 0)
        r = put_json(t, i.config_json, &i.config);
    return r == 0 ? put_json(t, i.manifest_json, &i.manifest) : r;
}

int sample_commit(struct store *s, const char *seed, const char *name, struct err *err)
{
    struct sample i = sample_make(seed);
    struct tx_name n = sample_name(&i, name);
    struct tx *t;
    int r = tx_begin(s, &t, err);

    if (r < 0)
        return r;
    r = sample_put(t, seed);
    if (r < 0) {
        tx_abort(t);
        return err_errno(err, -r, "cannot make the sample");
    }
    return tx_commit(t, &n, 1, err);
}

bool sample_is_whole(struct store *s, const char *seed)
{
    struct sample i = sample_make(seed);
    char hex[DIGEST_STRING_MAX];
    struct image image;
    struct tree_attr attr;
    struct tree *t;
    uint64_t node;
    bool whole;

    if (store_find_image(s, digest_string(&i.manifest, hex), &image, NULL) < 0)
        return false;
    whole = digest_equal(&image.chain_id, &i.layer) && store_has_blob(s, &i.layer_blob) &&
            store_layer_is_from(s, &i.layer, &i.layer_blob) &&
            store_open_tree(s, &image.chain_id, 4, &t, NULL) == 0;
    image_free(&image);
    if (!whole)
        return false;
    whole = tree_lookup(t, TREE_ROOT, seed, strlen(seed), &node, &attr) == 0 && S_ISDIR(attr.mode);
    tree_free(t);
    return whole;
}

pid_t start_waiting(struct store *s, bool (*act)(struct store *s, const void *what), const void *what)
{
    int ready[2];
    char c;
    pid_t pid;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the test fail */
        if (!act(s, what) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}
