/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_words.h"

#include <string.h>

static bool has_transport(const char *word)
{
    static const char *const starts[] = {"oci:", "oci-archive:", "docker-archive:", "dir:", "./", "../"};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(word, starts[i], strlen(starts[i])) == 0)
            return true;
    return strcmp(word, "-") == 0;
}

static bool is_stored(const struct cli *cli, const char *word)
{
    cleanup_image_arg struct image_arg a = {0};
    struct err err = {""};

    return store_open(cli->store, 0, &a.store, &err) == 0 &&
           store_find_image(a.store, word, &a.image, NULL) == 0;
}

bool image_word_is_path(const struct cli *cli, const char *word, bool first)
{
    if (first || strstr(word, ":/"))
        return false;
    return *word == '/' || !(has_transport(word) || is_stored(cli, word));
}
