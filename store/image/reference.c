/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images and where a path begins in a word that starts with one. */
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"
#include "os/cleanup.h"

#define NAME_MAX_LEN 255

#define ALNUM      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_CHARS ALNUM "._-/:@+"

/* What is wrong with a name, or NULL. */
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

/* The image that ends at `end` bytes of the word, and the path behind it. */
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
