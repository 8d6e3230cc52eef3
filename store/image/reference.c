/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images, and the split between an image and a path in one word. */
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"
#include "os/cleanup.h"

#define NAME_MAX_LEN 255

#define ALNUM      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_CHARS ALNUM "._-/:@+"

/* Returns the fault of a name, or NULL. */
static const char *name_fault(const char *name)
{
    size_t len = strlen(name);
    struct digest d;

    if (len == 0)
        return "it is empty";
    if (len > NAME_MAX_LEN)
        return "it is longer than 255 bytes";
    if (name[strspn(name, NAME_CHARS)])
        return "only letters, digits and . _ - / : @ + may be in it";
    if (!strchr(ALNUM, name[0]))
        return "it must start with a letter or a digit";
    if (strstr(name, "..") || strstr(name, "//"))
        return "\"..\" and \"//\" may not be in it";
    /* In IMAGE:PATH the path starts at a ":/". */
    if (strstr(name, ":/") || strchr("/:@", name[len - 1]))
        return "something is missing behind a \"/\", \":\" or \"@\"";
    if (digest_parse_str(name, &d) == 0 || digest_parse_hex(name, &d) == 0)
        return "it is a digest";
    return NULL;
}

int reference_check(const char *name, struct err *err)
{
    const char *fault = name_fault(name);

    if (fault)
        return err_set(err, EINVAL, "\"%.300s\" cannot be the name of an image: %s", name, fault);
    return 0;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define WORD  ALNUM "_"

/* Length of the first of several labels between dots; a label has letters and digits, and dashes inside. */
static size_t host_length(const char *s)
{
    size_t n = strcspn(s, "/"), at = 0;

    for (size_t len;; at += len + 1) {
        len = strspn(s + at, ALNUM "-");
        if (len == 0 || s[at] == '-' || s[at + len - 1] == '-')
            return 0;
        if (s[at + len] != '.')
            break;
    }
    at += strspn(s + at, ALNUM "-");
    if (s[at] == ':') {
        size_t digits = strspn(s + at + 1, "0123456789");

        at += digits ? 1 + digits : 0;
    }
    return at == n ? n : 0;
}

/* Is the part before the first slash a host, rather than part of the path? Newer versions of docker also
 * take a part with capitals for a host; podman does not. */
static bool begins_with_host(const char *s)
{
    size_t n = strcspn(s, "/");

    return s[n] && (strcspn(s, ".:") < n || (n == 9 && memcmp(s, "localhost", 9) == 0));
}

#define DOCKER_HOST "docker.io"
#define LIBRARY     "library/"
#define LATEST      "latest"

struct reference reference_parse(const char *name)
{
    const char *at = strchr(name, '@');
    size_t len = at ? (size_t)(at - name) : strlen(name);
    struct reference r = {.host = DOCKER_HOST,
                          .host_len = strlen(DOCKER_HOST),
                          .path = name,
                          .path_len = len,
                          .tag = LATEST,
                          .tag_len = strlen(LATEST),
                          .digest = at ? at + 1 : NULL};

    if (begins_with_host(name)) {
        r.host = name;
        r.host_len = strcspn(name, "/");
        r.path += r.host_len + 1;
        r.path_len -= r.host_len + 1;
    }
    for (size_t i = r.path_len; i-- > 0 && r.path[i] != '/';) {
        if (r.path[i] != ':')
            continue;
        r.tag = r.path + i + 1;
        r.tag_len = r.path_len - i - 1;
        r.path_len = i;
        break;
    }
    if (r.host_len == strlen(DOCKER_HOST) && memcmp(r.host, DOCKER_HOST, r.host_len) == 0) {
        size_t skip = strlen(LIBRARY);

        r.library = !memchr(r.path, '/', r.path_len);
        if (r.path_len > skip && memcmp(r.path, LIBRARY, skip) == 0 &&
            !memchr(r.path + skip, '/', r.path_len - skip)) {
            r.library = true;
            r.path += skip;
            r.path_len -= skip;
        }
    }
    return r;
}

static bool is_same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

bool reference_is_same(const char *a, const char *b)
{
    struct reference x = reference_parse(a), y = reference_parse(b);

    return x.library == y.library && is_same_text(x.host, x.host_len, y.host, y.host_len) &&
           is_same_text(x.path, x.path_len, y.path, y.path_len) &&
           is_same_text(x.tag, x.tag_len, y.tag, y.tag_len);
}

bool reference_is_same_repository(const char *a, const char *b)
{
    struct reference x = reference_parse(a), y = reference_parse(b);

    return x.library == y.library && is_same_text(x.host, x.host_len, y.host, y.host_len) &&
           is_same_text(x.path, x.path_len, y.path, y.path_len);
}

/* Does `with` equal `name`, which has no tag, plus ":latest"? */
static bool is_but_for_latest(const char *name, const char *with)
{
    const char *slash = strrchr(name, '/');
    size_t len = strlen(name);

    return !strpbrk(slash ? slash : name, ":@") && strncmp(with, name, len) == 0 &&
           strcmp(with + len, ":" LATEST) == 0;
}

bool reference_is_one(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || is_but_for_latest(a, b) || is_but_for_latest(b, a);
}

/* Lower-case letters and digits, separated by a dot, one or two underscores, or any number of dashes. */
static bool is_path_part(const char *s, size_t len)
{
    size_t at = 0;

    for (;;) {
        size_t n = strspn(s + at, LOWER), dashes;

        if (n == 0)
            return false;
        at += n;
        if (at >= len)
            return at == len;
        dashes = strspn(s + at, "-");
        at += dashes ? dashes : s[at] == '.' ? 1 : strspn(s + at, "_") <= 2 ? strspn(s + at, "_") : 0;
        if (at >= len || !strchr(LOWER, s[at]))
            return false;
    }
}

/* Returns the fault that docker finds in a name, or NULL. */
static const char *docker_fault(const char *name)
{
    const char *path = name;
    size_t len;

    if (begins_with_host(name)) {
        len = host_length(name);
        if (len == 0)
            return "the part before its first \"/\" is no host name";
        path += len + 1;
    }
    if ((size_t)(path - name) + strcspn(path, ":@") > NAME_MAX_LEN)
        return "it is longer than 255 bytes";
    for (;; path += len + 1) {
        len = strcspn(path, "/:@");
        if (!is_path_part(path, len))
            return "its parts must be small letters and digits, with a dot, one or two underscores or dashes "
                   "between them";
        if (path[len] != '/')
            break;
    }
    path += len;
    if (*path == '@')
        return "an image in an archive has a tag and no digest";
    len = strspn(path + (*path == ':'), WORD ".-");
    if (*path == ':' && (path[1 + len] || len == 0 || len > 128 || strchr(".-", path[1])))
        return "a tag is up to 128 letters, digits, underscores, dots and dashes, and begins with none of "
               "the last two";
    return NULL;
}

int reference_check_docker(const char *name, struct err *err)
{
    const char *fault = name_fault(name);

    if (!fault)
        fault = docker_fault(name);
    if (fault)
        return err_set(err, EINVAL, "docker and podman take no image of the name \"%.300s\": %s", name,
                       fault);
    return 0;
}

/* Splits the word into an image of `end` bytes and the path after it. */
static int split_at(char *image, size_t end, const char *word, char **ret_image, const char **ret_path)
{
    *ret_path = word[end] ? word + end + 1 : "/";
    image[end] = 0;
    *ret_image = image;
    return 0;
}

int reference_split_path(const char *word, bool (*exists)(const char *image, void *ctx), void *ctx,
                         char **ret_image, const char **ret_path)
{
    size_t len = strlen(word), first = len;
    cleanup_free char *copy = strdup(word);

    if (!copy)
        return -ENOMEM;
    for (size_t end = len; end > 0; end--) {
        if (end < len && !(word[end] == ':' && word[end + 1] == '/'))
            continue;
        copy[end] = 0;
        if (exists(copy, ctx))
            return split_at(steal_ptr(&copy), end, word, ret_image, ret_path);
        first = end;
    }
    if (first == 0)
        return -EINVAL;
    return split_at(steal_ptr(&copy), first, word, ret_image, ret_path);
}
