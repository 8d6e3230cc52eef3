/* SPDX-License-Identifier: Apache-2.0 */
#include "union/option_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"

int text_list_add(struct text_list *l, const char *text, size_t len)
{
    char **items = array_room(l->items, l->n, sizeof *items);

    if (!items)
        return -ENOMEM;
    l->items = items;
    items[l->n] = strndup(text, len);
    if (!items[l->n])
        return -ENOMEM;
    l->n++;
    return 0;
}

void text_list_clear(struct text_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct text_list){NULL, 0};
}

static bool is_escape(const char *s)
{
    return s[0] == '\\' && (s[1] == '\\' || s[1] == ',' || s[1] == ':');
}

size_t option_piece(const char *s, char separator)
{
    size_t n = 0;

    while (s[n] && s[n] != separator)
        n += is_escape(s + n) ? 2 : 1;
    return n;
}

char *option_unescape(const char *s, size_t len)
{
    char *text = malloc(len + 1);
    size_t n = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (i + 1 < len && is_escape(s + i))
            i++;
        text[n++] = s[i];
    }
    text[n] = '\0';
    return text;
}

char *option_escape(const char *text)
{
    char *escaped = malloc(2 * strlen(text) + 1);
    size_t n = 0;

    if (!escaped)
        return NULL;
    for (; *text; text++) {
        if (*text == '\\' || *text == ',')
            escaped[n++] = '\\';
        escaped[n++] = *text;
    }
    escaped[n] = '\0';
    return escaped;
}
