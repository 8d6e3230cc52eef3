/* SPDX-License-Identifier: Apache-2.0 */
#include "show/differs.h"

#include <errno.h>
#include <string.h>

/* In the order of the bits. */
static const char *const words[] = {"type", "content", "target", "device",
                                    "mode", "owner",   "mtime",  "xattrs"};

#define N_WORDS (sizeof words / sizeof *words)

int differs_text(struct buf *b, unsigned differs)
{
    const char *between = "";
    int r = 0;

    for (size_t i = 0; r == 0 && i < N_WORDS; i++) {
        if (!(differs & 1u << i))
            continue;
        r = buf_printf(b, "%s%s", between, words[i]);
        between = ", ";
    }
    return r;
}

int differs_json(json_t *obj, unsigned differs)
{
    json_t *list = json_array();

    if (json_object_set_new(obj, "differs", list) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < N_WORDS; i++) {
        if (differs & 1u << i && json_array_append_new(list, json_string(words[i])) < 0)
            return -ENOMEM;
    }
    return 0;
}

unsigned differs_of(const char *word, size_t len)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
            return 1u << i;
    }
    return 0;
}

int differs_list(const char *list, unsigned *ret)
{
    while (*list) {
        size_t len = strcspn(list, ",");
        unsigned one = differs_of(list, len);

        if (!one)
            return -EINVAL;
        *ret |= one;
        list += len + (list[len] == ',');
    }
    return 0;
}
