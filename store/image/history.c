/* SPDX-License-Identifier: Apache-2.0 */
/* The command that made a layer, from the config's history, for people. Used only if the entry certainly
 * belongs to the layer. */
#include <stdlib.h>
#include <string.h>

#include "image/manifest.h"

#define NOP_PREFIX      "/bin/sh -c #(nop) "
#define BUILDKIT_SUFFIX "# buildkit"

const struct history *image_config_layer_history(const struct image_config *c, size_t n)
{
    const struct history *found = NULL;
    size_t with_layer = 0;

    for (size_t i = 0; i < c->n_history; i++) {
        if (c->history[i].empty_layer)
            continue;
        if (with_layer++ == n)
            found = &c->history[i];
    }
    return with_layer == c->n_diff_ids ? found : NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Returns the bytes of a control character, which a terminal could obey: ASCII's, and U+0080 to U+009F in
 * UTF-8. 0 for none. */
static size_t control_length(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];

    if (c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && len > 1 && ((unsigned char)s[1] & 0xe0) == 0x80 ? 2 : 0;
}

char *history_command(const struct history *h)
{
    const char *text = h && h->created_by ? h->created_by : "";
    size_t len = strlen(text), suffix = strlen(BUILDKIT_SUFFIX), n = 0;
    char *line;

    if (strncmp(text, NOP_PREFIX, strlen(NOP_PREFIX)) == 0) {
        text += strlen(NOP_PREFIX);
        len -= strlen(NOP_PREFIX);
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    if (len >= suffix && memcmp(text + len - suffix, BUILDKIT_SUFFIX, suffix) == 0)
        len -= suffix;
    line = malloc(len + 1);
    if (!line)
        return NULL;
    for (size_t i = 0; i < len;) {
        size_t control = control_length(text + i, len - i);

        if (is_blank(text[i])) {
            if (n > 0 && line[n - 1] != ' ')
                line[n++] = ' ';
            i++;
        } else {
            line[n++] = control ? '?' : text[i];
            i += control ? control : 1;
        }
    }
    while (n > 0 && line[n - 1] == ' ')
        n--;
    line[n] = 0;
    return line;
}
