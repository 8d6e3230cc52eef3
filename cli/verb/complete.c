/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mica complete -- WORD...: for the completions of shells, which pass the words after "mica" up to the one at
 * the cursor. Prints a line for each candidate, with its description after a tab, and before them directives
 * for the shell:
 *
 *   :files, :directories     complete names of files, of directories
 *   :nospace                 the word is incomplete: append no blank
 *
 * Never reports errors, which would disturb the user's typing.
 */
#include <string.h>

#include "act/mounts.h"
#include "disk/store.h"
#include "os/cleanup.h"
#include "show/text.h"
#include "verb/complete_path.h"
#include "verb/completion.h"

/* Prints a word if it begins with the typed part. */
static void offer(const struct completion *c, const char *word, const char *tail, const char *meaning)
{
    if (strncmp(word, c->typed, strlen(c->typed)) != 0 &&
        !(tail && strncmp(c->typed, word, strlen(word)) == 0 &&
          strncmp(tail, c->typed + strlen(word), strlen(c->typed) - strlen(word)) == 0))
        return;
    fwrite(c->typed - c->kept, 1, c->kept, stdout);
    text_put(stdout, word, strlen(word), 0);
    printf("%s%s%s\n", tail ? tail : "", meaning ? "\t" : "", meaning ? meaning : "");
}

static void offer_verbs(const struct completion *c, const struct verb *const *verbs)
{
    for (const struct verb *const *v = verbs; *v; v++) {
        if (!(*v)->hidden)
            offer(c, (*v)->name, NULL, (*v)->summary);
        if ((*v)->alias)
            offer(c, (*v)->alias, NULL, (*v)->summary);
    }
}

static void offer_options(const struct completion *c, const struct verb_option *o)
{
    char word[64];

    for (; o && o->name; o++) {
        snprintf(word, sizeof word, "--%s", o->name);
        offer(c, word, NULL, o->help);
    }
}

static void offer_words(const struct completion *c)
{
    char word[64];

    if (strchr(c->words, ':'))
        puts(":nospace");
    for (const char *at = c->words; *at;) {
        size_t len = strcspn(at, " ");

        snprintf(word, sizeof word, "%.*s", (int)len, at);
        offer(c, word, NULL, NULL);
        at += len + (at[len] == ' ');
    }
}

/* A verb whose first word needs a path. */
static bool takes_paths_at_once(const struct completion *c)
{
    return c->what == COMPLETE_IMAGE_PATHS ||
           (c->what == COMPLETE_PATHS_OR_IMAGES && strcmp(c->verb->name, "cat") == 0);
}

static void offer_images(const struct completion *c, struct store *s)
{
    struct catalog catalog = {0};
    struct err err;

    if (store_catalog_all(s, &catalog, &err) < 0)
        return;
    bool paths = takes_paths_at_once(c);
    if (paths)
        puts(":nospace");
    for (size_t i = 0; i < catalog.n; i++) {
        if (catalog.entries[i].name)
            offer(c, catalog.entries[i].name, paths ? ":/" : NULL, NULL);
    }
    catalog_free(&catalog);
}

static void offer_branches(const struct completion *c, struct store *s)
{
    struct branch_list list = {0};
    struct err err;

    if (store_branches(s, &list, &err) < 0)
        return;
    for (size_t i = 0; i < list.n; i++)
        offer(c, list.branches[i].name, NULL, list.branches[i].info.image);
    branch_list_free(&list);
}

static void offer_from_store(const struct completion *c)
{
    struct store *s = NULL;
    struct err err;

    if (store_open(c->store, 0, &s, &err) < 0)
        return;
    bool branches = c->what == COMPLETE_BRANCHES || c->what == COMPLETE_BRANCHES_AND_IMAGES;
    if (branches)
        offer_branches(c, s);
    if (!branches || c->what == COMPLETE_BRANCHES_AND_IMAGES)
        offer_images(c, s);
    store_close(s);
}

/* Offers the paths of an image that is named in the word or, if `what` says so, by an earlier one. False: of none. */
static bool offer_paths(const struct completion *c)
{
    const char *colon = strstr(c->typed, ":/");
    cleanup_free char *image = colon ? strndup(c->typed, (size_t)(colon - c->typed)) : NULL;

    if (colon && c->what != COMPLETE_PATHS) {
        if (image)
            complete_paths(c->store, image, c->typed, (size_t)(colon - c->typed) + 1, colon + 1);
        return true;
    }
    if (c->what != COMPLETE_PATHS && c->what != COMPLETE_PATHS_OR_IMAGES)
        return false;
    /* Behind IMAGE alone a path is likelier than another image. */
    if (!c->image ||
        (c->what == COMPLETE_PATHS_OR_IMAGES && *c->typed != '/' && (*c->typed || strstr(c->image, ":/"))))
        return false;
    colon = strstr(c->image, ":/");
    image = colon ? strndup(c->image, (size_t)(colon - c->image)) : strdup(c->image);
    if (image)
        complete_paths(c->store, image, "", 0, c->typed);
    return true;
}

static void offer_mountpoints(const struct completion *c)
{
    struct mountinfo info = {0};

    if (mountinfo_read(&info) < 0)
        return;
    for (size_t i = 0; i < info.n; i++) {
        if (mount_entry_is_mica(&info.entries[i]))
            offer(c, info.entries[i].mountpoint, NULL, info.entries[i].source);
    }
    mountinfo_free(&info);
}

static void offer_all(const struct completion *c, const struct verb *const *verbs)
{
    switch (c->what) {
    case COMPLETE_NOTHING:
        break;
    case COMPLETE_VERBS:
        offer_verbs(c, verbs);
        break;
    case COMPLETE_OPTIONS:
        offer_options(c, c->verb ? c->verb->options : complete_global);
        offer_options(c, c->verb ? complete_common : NULL);
        break;
    case COMPLETE_WORDS:
        offer_words(c);
        break;
    case COMPLETE_FILES:
        puts(":files");
        break;
    case COMPLETE_DIRECTORIES:
        puts(":directories");
        break;
    case COMPLETE_IMAGE_PATHS:
    case COMPLETE_IMAGES_OR_PATHS:
    case COMPLETE_PATHS_OR_IMAGES:
    case COMPLETE_PATHS:
        if (!offer_paths(c) && c->what != COMPLETE_PATHS)
            offer_from_store(c);
        break;
    case COMPLETE_IMAGES:
    case COMPLETE_BRANCHES:
    case COMPLETE_BRANCHES_AND_IMAGES:
        offer_from_store(c);
        break;
    case COMPLETE_MOUNTPOINTS:
        offer_mountpoints(c);
        break;
    }
}

static int run(struct cli *cli, int argc, char **argv)
{
    int from = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    struct completion c;

    if (argc > from) {
        complete_at(cli->verbs, (const char *const *)argv + from, argc - from, &c);
        offer_all(&c, cli->verbs);
    }
    return STATUS_DONE;
}

const struct verb verb_complete = {
    .name = "complete",
    .summary = "list completions of a word",
    .synopsis = "-- WORD...",
    .about = "For shell completion.\n",
    .examples = "mica complete -- mount --r\n",
    .run = run,
    .hidden = true,
};
