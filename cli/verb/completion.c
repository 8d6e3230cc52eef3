/* SPDX-License-Identifier: Apache-2.0 */
#include "verb/completion.h"

#include <string.h>

const struct verb_option complete_common[] = {
    {1000, "store", "DIR", "the store to use"},
    {1001, "also", "DIR", "a store to read as well"},
    {'h', "help", NULL, "show the options and examples of the verb"},
    {0, NULL, NULL, NULL},
};

const struct verb_option complete_global[] = {
    {1000, "store", "DIR", "the store to use"},
    {1001, "also", "DIR", "a store to read as well"},
    {'h', "help", NULL, "list all verbs"},
    {'V', "version", NULL, "print the version"},
    {0, NULL, NULL, NULL},
};

/* The kinds of values of options, the same for all verbs. Options that are not listed take any value. */
static const struct {
    const char *option;
    enum complete_what what;
    const char *words;
} values[] = {
    {"store", COMPLETE_DIRECTORIES, NULL},
    {"also", COMPLETE_DIRECTORIES, NULL},
    {"rw", COMPLETE_BRANCHES, NULL},
    {"branch", COMPLETE_BRANCHES, NULL},
    {"volume", COMPLETE_FILES, NULL},
    {"env-file", COMPLETE_FILES, NULL},
    {"severity", COMPLETE_WORDS, "error warning note"},
    {"budget", COMPLETE_FILES, NULL},
    {"content", COMPLETE_FILES, NULL},
    {"output", COMPLETE_FILES, NULL},
    {"device", COMPLETE_FILES, NULL},
    {"cap-add", COMPLETE_WORDS,
     "ALL IPC_LOCK MKNOD NET_ADMIN NET_RAW SYS_ADMIN SYS_NICE SYS_PTRACE SYS_RAWIO SYS_TIME"},
    {"cap-drop", COMPLETE_WORDS,
     "ALL CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"},
    {"platform", COMPLETE_WORDS,
     "linux/amd64 linux/arm64 linux/arm/v7 linux/386 linux/ppc64le linux/riscv64 linux/s390x"},
    {"options", COMPLETE_WORDS, "allow_other noexec nosuid nodev ro volatile"},
    {"network", COMPLETE_WORDS, "none host"},
    {"pids-limit", COMPLETE_WORDS, "2048 -1"},
    {"runtime", COMPLETE_WORDS, "crun runc"},
    {"compress", COMPLETE_WORDS, "zstd gzip none"},
    {"ignore", COMPLETE_WORDS, "mtime mode owner xattrs content"},
    {"older-than", COMPLETE_WORDS, "1d 7d 30d"},
    {"change", COMPLETE_WORDS, "CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR"},
};

#define FIND_WORDS                                                                                                      \
    "-name -iname -path -ipath -regex -iregex -lname -type -size -empty -perm -user -group -uid -gid -nouser -nogroup " \
    "-links -inum -samefile -mtime -mmin -newer -newermt -xattr -maxdepth -mindepth -prune -quit -print -print0 -ls"

/* The kinds of a verb's operands: the first, the second, and all others. */
static const struct {
    const char *verb;
    enum complete_what what[3];
    const char *words;
} operands[] = {
    {"import", {COMPLETE_FILES, COMPLETE_FILES, COMPLETE_FILES}, NULL},
    {"layers", {COMPLETE_IMAGES}, NULL},
    {"history", {COMPLETE_IMAGES}, NULL},
    {"inspect", {COMPLETE_IMAGES}, NULL},
    {"manifest", {COMPLETE_IMAGES}, NULL},
    {"config", {COMPLETE_IMAGES}, NULL},
    {"mount", {COMPLETE_IMAGES, COMPLETE_DIRECTORIES}, NULL},
    {"umount", {COMPLETE_MOUNTPOINTS, COMPLETE_MOUNTPOINTS, COMPLETE_MOUNTPOINTS}, NULL},
    {"branches", {COMPLETE_WORDS, COMPLETE_BRANCHES, COMPLETE_BRANCHES}, "rm rename"},
    {"diff", {COMPLETE_BRANCHES_AND_IMAGES, COMPLETE_BRANCHES_AND_IMAGES}, NULL},
    {"commit", {COMPLETE_BRANCHES}, NULL},
    {"export", {COMPLETE_IMAGES, COMPLETE_WORDS}, "oci: oci-archive: docker-archive:"},
    {"ls", {COMPLETE_IMAGES_OR_PATHS, COMPLETE_PATHS_OR_IMAGES, COMPLETE_PATHS_OR_IMAGES}, NULL},
    {"cat", {COMPLETE_IMAGE_PATHS, COMPLETE_PATHS_OR_IMAGES, COMPLETE_PATHS_OR_IMAGES}, NULL},
    {"cp", {COMPLETE_IMAGE_PATHS, COMPLETE_FILES, COMPLETE_FILES}, NULL},
    {"explore", {COMPLETE_IMAGES, COMPLETE_IMAGES}, NULL},
    {"find", {COMPLETE_IMAGES_OR_PATHS, COMPLETE_PATHS, COMPLETE_WORDS}, FIND_WORDS},
    {"tree", {COMPLETE_IMAGES_OR_PATHS, COMPLETE_PATHS}, NULL},
    {"lint", {COMPLETE_IMAGES}, NULL},
    {"report", {COMPLETE_IMAGES, COMPLETE_IMAGES}, NULL},
    {"waste", {COMPLETE_IMAGES}, NULL},
    {"which", {COMPLETE_IMAGES_OR_PATHS, COMPLETE_PATHS}, NULL},
    {"run", {COMPLETE_IMAGES}, NULL},
    {"shell", {COMPLETE_IMAGES}, NULL},
    {"bundle", {COMPLETE_IMAGES, COMPLETE_DIRECTORIES}, NULL},
    {"store", {COMPLETE_WORDS}, "share"},
    {"verify", {COMPLETE_IMAGES, COMPLETE_IMAGES, COMPLETE_IMAGES}, NULL},
    {"tag", {COMPLETE_IMAGES}, NULL},
    {"rename", {COMPLETE_IMAGES}, NULL},
    {"rm", {COMPLETE_IMAGES, COMPLETE_IMAGES, COMPLETE_IMAGES}, NULL},
    {"df", {COMPLETE_IMAGES, COMPLETE_IMAGES, COMPLETE_IMAGES}, NULL},
    {"help", {COMPLETE_VERBS}, NULL},
};

static const struct verb_option *find_in(const struct verb_option *o, const char *name, size_t len,
                                         int letter)
{
    for (; o && o->name; o++) {
        if (name ? strlen(o->name) == len && memcmp(o->name, name, len) == 0 : o->letter == letter)
            return o;
    }
    return NULL;
}

/* By its long name, or, if that is NULL, by its letter. */
static const struct verb_option *find_option(const struct verb *v, const char *name, size_t len, int letter)
{
    const struct verb_option *o = v ? find_in(v->options, name, len, letter) : NULL;

    return o ? o : find_in(v ? complete_common : complete_global, name, len, letter);
}

/* Returns the option whose value is the word after `word`; NULL if `word` is complete. */
static const struct verb_option *wants_more(const struct verb *v, const char *word)
{
    const struct verb_option *o = NULL;

    if (word[1] == '-') {
        o = strchr(word, '=') ? NULL : find_option(v, word + 2, strlen(word + 2), 0);
    } else {
        /* Grouped letters: the first that takes a value takes the rest of the word. */
        for (const char *at = word + 1; *at && (!o || !o->arg); at++) {
            o = find_option(v, NULL, 0, *at);
            if (o && o->arg && at[1])
                return NULL;
        }
    }
    return o && o->arg && o->arg[0] != '[' ? o : NULL;
}

static void complete_value(const struct verb_option *o, struct completion *ret)
{
    for (size_t i = 0; o && i < sizeof values / sizeof *values; i++) {
        if (strcmp(values[i].option, o->name) == 0) {
            ret->what = values[i].what;
            ret->words = values[i].words;
        }
    }
}

static void complete_operand(size_t place, struct completion *ret)
{
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
        if (strcmp(operands[i].verb, ret->verb->name) == 0) {
            ret->what = operands[i].what[place < 2 ? place : 2];
            ret->words = operands[i].words;
            /* An expression follows IMAGE[:PATH], too. */
            if (ret->what == COMPLETE_PATHS && ret->words && (*ret->typed == '-' || strstr(ret->image, ":/")))
                ret->what = COMPLETE_WORDS;
        }
    }
}

/* State after the words before the cursor. */
struct reading {
    const struct verb *const *verbs;
    const struct verb_option *open; /* takes the next word */
    size_t operands;
    bool ended; /* no more options */
    bool lost;  /* an unknown verb */
};

static void read_word(const char *word, struct reading *at, struct completion *ret)
{
    if (at->open) {
        if (strcmp(at->open->name, "store") == 0)
            ret->store = word;
        at->open = NULL;
    } else if (!at->ended && strcmp(word, "--") == 0) {
        at->ended = true;
    } else if (!at->ended && word[0] == '-' && word[1]) {
        if (strncmp(word, "--store=", strlen("--store=")) == 0)
            ret->store = word + strlen("--store=");
        at->open = wants_more(ret->verb, word);
    } else if (!ret->verb) {
        ret->verb = verb_find(at->verbs, word);
        at->lost |= !ret->verb;
        at->ended = false;
    } else {
        at->operands++;
        if (*word != '/' || strstr(word, ":/"))
            ret->image = word;
        at->ended |= ret->verb->operands_end_options;
    }
}

void complete_at(const struct verb *const *verbs, const char *const *words, int n, struct completion *ret)
{
    const char *word = words[n - 1];
    struct reading at = {.verbs = verbs};

    *ret = (struct completion){.typed = word};
    for (int i = 0; i < n - 1 && !at.lost; i++)
        read_word(words[i], &at, ret);
    if (at.lost)
        return;
    if (at.open) {
        complete_value(at.open, ret);
    } else if (!at.ended && strncmp(word, "--", 2) == 0 && strchr(word, '=')) {
        ret->kept = strcspn(word, "=") + 1;
        ret->typed = word + ret->kept;
        complete_value(find_option(ret->verb, word + 2, ret->kept - 3, 0), ret);
    } else if (!at.ended && word[0] == '-') {
        ret->what = COMPLETE_OPTIONS;
    } else if (!ret->verb) {
        ret->what = COMPLETE_VERBS;
    } else {
        complete_operand(at.operands, ret);
    }
}
