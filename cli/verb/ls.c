/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/image_words.h"
#include "act/layer_tree.h"
#include "act/listing_facts.h"
#include "command/options.h"
#include "os/buf.h"
#include "show/listing.h"
#include "show/table.h"
#include "show/tree_glob.h"
#include "tree/path_walk.h"

enum {
    OPTION_DIGEST = 256,
};

static const struct verb_option options[] = {
    {'l', "long", NULL, "print mode, links, owner, group, size or device, time, target of links"},
    {'h', "human-readable", NULL, "with -l, print sizes as 1.2kB"},
    {'R', "recursive", NULL, "list all files beneath, one whole path a line"},
    {'d', "directory", NULL, "list a directory itself instead of its names"},
    {'a', "all", NULL, "list names that start with a dot, too"},
    {'A', "almost-all", NULL, "as -a, without . and .."},
    {'t', "by-time", NULL, "sort by time, newest first"},
    {'S', "by-size", NULL, "sort by size, largest first"},
    {'r', "reverse", NULL, "reverse the order"},
    {'1', "one-per-line", NULL, "print one name a line, the only format"},
    {OPTION_DIGEST, "digest", NULL, "read each file and print the SHA-256 of its content"},
    {'j', "json", NULL, "print JSON (with all names)"},
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

/* An image of the command line. */
struct listed {
    struct image_arg arg;
    struct listing_facts facts;
    struct listing_image image;
    const char *word; /* that names it, and perhaps a path ... */
    int word_len;     /* ... behind so many bytes */
};

struct run {
    struct cli *cli;
    struct listing listing;
    struct layer_choice layers;
    bool digests;
    struct content_reading reading;
    struct listed *listed; /* room for one a word: items point into it */
    size_t n_listed;
    struct buf items; /* struct listing_item */
    int status;       /* of the first word that could not be listed */
};

static void take_option(struct run *run, int c)
{
    struct listing *l = &run->listing;

    switch (c) {
    case 'l':
        l->long_lines = true;
        break;
    case 'h':
        l->human = true;
        break;
    case 'R':
        l->recursive = true;
        break;
    case 'd':
        l->itself = true;
        break;
    case 'a':
        l->dots = true;
        /* fall through */
    case 'A':
        l->all = true;
        break;
    case 't':
    case 'S':
        l->order = c == 't' ? LISTING_BY_TIME : LISTING_BY_SIZE;
        break;
    case 'r':
        l->reverse = true;
        break;
    case OPTION_DIGEST:
        run->digests = true;
        break;
    case 'j':
        l->json = l->all = true;
        break;
    default:
        break;
    }
}

static int digest(void *ctx, const struct listing_image *image, uint64_t node, struct digest *ret)
{
    struct run *run = ctx;

    return content_digest(&run->reading, image->tree, node, ret);
}

static int more(void *ctx, const struct listing_image *image, uint64_t node, json_t *o)
{
    (void)ctx;
    return listing_facts_json(image->ctx, node, o);
}

static int fail(struct run *run, const char *word, int r)
{
    int status = cli_failf("%s: %s", word, r == -EUCLEAN ? "the image's tree is damaged" : strerror(-r));

    run->status = run->status ? run->status : status;
    return STATUS_DONE;
}

static int fail_missing(const struct run *run, const struct listed *in, const char *path, int r)
{
    const struct layer_missing m = {.verb = "ls", .image = in->word, .path = path, .shown = path};

    return layer_fail_missing(&in->arg, &run->layers, in->image.tree, &m, r);
}

static int add_item(struct run *run, const struct listed *in, const char *path)
{
    const struct listing *l = &run->listing;
    struct listing_item item = {.image = &in->image};
    size_t len = strlen(path);
    /* As ls(1): with -l and -d shows a link itself, otherwise the directory that it leads to. */
    bool follow = !(l->long_lines || l->itself) || (len > 1 && path[len - 1] == '/');
    int r = tree_walk(in->image.tree, path, follow, &item.node, &item.attr);

    if (r == -ENOENT && follow) /* a dangling link is shown itself */
        r = tree_walk(in->image.tree, path, false, &item.node, &item.attr);
    if (r < 0) {
        int status = fail_missing(run, in, path, r);

        run->status = run->status ? run->status : status;
        return STATUS_DONE;
    }
    item.path = strdup(path);
    if (!item.path || buf_append(&run->items, &item, sizeof item) < 0) {
        tree_forget(in->image.tree, item.node, 1);
        free(item.path);
        return cli_output_status(-ENOMEM);
    }
    return STATUS_DONE;
}

static int add_path(struct run *run, const struct listed *in, const char *path)
{
    struct tree_glob found = {0};
    int status = STATUS_DONE;

    if (!tree_glob_is_pattern(path))
        return add_item(run, in, path);
    int r = tree_glob(in->image.tree, path, &found);
    if (r < 0)
        status = fail(run, path, r);
    else if (!found.n)
        status = add_item(run, in, path); /* says that it is missing */
    for (size_t i = 0; status == STATUS_DONE && i < found.n; i++)
        status = add_item(run, in, found.paths[i]);
    tree_glob_free(&found);
    return status;
}

static int open_image(struct run *run, const char *word, const char **ret_path)
{
    struct listed *in = &run->listed[run->n_listed++];
    int status = image_arg_find_path(run->cli, word, &in->arg, ret_path);
    size_t len = strlen(word);

    in->word = word;
    in->word_len = (int)(*ret_path > word && *ret_path < word + len ? (size_t)(*ret_path - word) - 1 : len);
    if (status == STATUS_DONE)
        status = layer_tree(&in->arg, &run->layers, &in->image.tree);
    if (status != STATUS_DONE)
        return status;
    uint64_t first = run->layers.layer ? run->layers.layer - 1 : 0, upto = in->arg.image.config.n_diff_ids;
    if (run->layers.layer || run->layers.upto)
        upto = run->layers.layer ? run->layers.layer : run->layers.upto;
    in->facts = (struct listing_facts){
        .image = &in->arg,
        .tree = in->image.tree,
        .first = (uint32_t)first,
        .upto = (uint32_t)upto,
    };
    in->image.ctx = &in->facts;
    return status;
}

static int add_words(struct run *run, char **words, int n)
{
    int status = STATUS_DONE;

    for (int i = 0; i < n && status == STATUS_DONE; i++) {
        /* IMAGE alone lists its root, unless paths follow. */
        const char *path = words[i];
        bool is_path = image_word_is_path(run->cli, words[i], i == 0);
        bool path_next = i + 1 < n && image_word_is_path(run->cli, words[i + 1], false);

        if (!is_path)
            status = open_image(run, words[i], &path);
        if (status == STATUS_DONE && !is_path && path_next && strcmp(path, "/") == 0 &&
            !strstr(words[i], ":/"))
            continue;
        if (status == STATUS_DONE)
            status = add_path(run, &run->listed[run->n_listed - 1], path);
    }
    return status;
}

/* Of several images the name stands before each path. */
static void set_labels(struct run *run)
{
    bool several = false;

    for (size_t i = 1; i < run->n_listed; i++)
        several |= !digest_equal(&run->listed[i].arg.image.manifest_digest,
                                 &run->listed[0].arg.image.manifest_digest);
    for (size_t i = 0; several && i < run->n_listed; i++) {
        struct listed *in = &run->listed[i];
        in->image.label = in->arg.image.name ? in->arg.image.name : in->word;
    }
}

static int list(struct run *run)
{
    struct listing *l = &run->listing;
    /* A line of progress would be between those of a list on the terminal. */
    const struct progress_options look = {
        .out = stderr, .width = isatty(STDOUT_FILENO) ? 0 : terminal_width(stderr), .quiet = run->cli->quiet};

    l->ctx = run;
    l->more = more;
    l->digest = run->digests ? digest : NULL;
    if (run->digests && look.width)
        run->reading.progress = progress_new(&look);
    set_labels(run);
    int r = listing_print(l, (struct listing_item *)(void *)run->items.data,
                          run->items.len / sizeof(struct listing_item));
    if (r == 0 && l->json)
        r = json_list_end(&l->list);
    if (r == -EUCLEAN)
        return cli_failf("the tree of an image is damaged");
    return cli_output_status(r);
}

static void release(struct run *run)
{
    struct listing_item *items = (struct listing_item *)(void *)run->items.data;

    for (size_t i = 0; i < run->items.len / sizeof *items; i++) {
        tree_forget(items[i].image->tree, items[i].node, 1);
        free(items[i].path);
    }
    for (size_t i = 0; i < run->n_listed; i++) {
        listing_facts_done(&run->listed[i].facts);
        tree_free(run->listed[i].image.tree);
        image_arg_done(&run->listed[i].arg);
    }
    content_reading_done(&run->reading);
    buf_free(&run->items);
    free(run->listed);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct run run = {.cli = cli, .listing = {.list = JSON_LIST_INIT}, .items = BUF_INIT};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        take_option(&run, c);
        layer_choice_take(&run.layers, &o, c);
    }
    /* Without a word, -h asks for help, as with every verb. */
    if (run.listing.human && argc == 2) {
        help_print_verb(stdout, cli->verb);
        return STATUS_DONE;
    }
    if (options_operands(&o, 1, -1, "IMAGE[:PATH]") < 0)
        return o.status;
    run.listed = calloc((size_t)o.argc, sizeof *run.listed);
    int status = run.listed ? add_words(&run, o.argv, o.argc) : cli_output_status(-ENOMEM);
    if (status == STATUS_DONE && (run.items.len || run.listing.json))
        status = list(&run);
    release(&run);
    return status ? status : run.status;
}

static const struct foreign_option elsewhere[] = {
    {"-s -i -F -p -Z --sort --time --color",
     "mica mount IMAGE DIR shows the image to ls(1), which has that option"},
    {"-n --numeric-uid-gid", "owners are always numbers"},
    {NULL, NULL},
};

const struct verb verb_ls = {
    .name = "ls",
    .summary = "list files of an image, without mounting it",
    .synopsis = "[OPTION...] IMAGE[:PATH]...\n[OPTION...] IMAGE PATH...",
    .about =
        "Lists each PATH (default: the root) of the merged image: the names of a directory, or a file. PATH may be a\n"
        "quoted shell pattern ('*.so*', '[a-f]?') that matches inside the image. With -R each line is a whole path, and\n"
        "-t and -S sort the whole list. Owners are printed as numbers: the user names of this machine do not apply to\n"
        "the image. Characters of names that could act on a terminal, break a line or hide are escaped; --json has the\n"
        "exact names, and the layer, extended attributes and capabilities of each file. After the first word, a word\n"
        "that begins with a slash or is no image is a PATH of the preceding image.\n",
    .options = options,
    .examples =
        "mica ls debian:12\n"
        "mica ls -l debian:12:/etc '/usr/lib/*/libc.*'\n"
        "mica ls -lhRS app:1 | head\n"
        "mica ls -R --json app:1 | jq -r '.[] | select(.capabilities) | [.path, .capabilities] | @tsv'\n"
        "mica ls --layer 2 app:1\n"
        "mica ls -R --digest app:1:/usr/bin\n"
        "mica ls docker-archive:app.tar:/usr\n",
    .foreign = elsewhere,
    .run = run,
};
