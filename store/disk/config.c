/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"

/* A piece of a line. */
struct piece {
    const char *text;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct piece trim(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return (struct piece){at, (size_t)(end - at)};
}

static bool is_key(struct piece p, const char *key)
{
    return p.len == strlen(key) && memcmp(p.text, key, p.len) == 0;
}

static int take_also(struct store_config *c, char *value)
{
    char **more = c->n < CONFIG_MAX_ALSO ? array_room(c->also, c->n, sizeof *more) : NULL;

    if (!more)
        return c->n < CONFIG_MAX_ALSO ? -ENOMEM : -E2BIG;
    c->also = more;
    more[c->n++] = value;
    return 0;
}

/* Parses "key = value". `said`: has the file given the store already? */
static int take_line(struct piece line, const char *name, size_t number, bool *said, struct store_config *ret,
                     struct err *err)
{
    const char *equals = memchr(line.text, '=', line.len), *end = line.text + line.len;
    cleanup_free char *value = NULL;
    struct piece key, v;

    if (!equals)
        return err_set(err, EINVAL, "%s:%zu: a line is KEY = VALUE, or a comment that begins with #", name,
                       number);
    key = trim(line.text, equals);
    v = trim(equals + 1, end);
    if (!is_key(key, "store") && !is_key(key, "also"))
        return err_set(err, EINVAL, "%s:%zu: unknown key \"%.*s\"; known are store, also", name, number,
                       (int)(key.len < 100 ? key.len : 100), key.text);
    if (v.len == 0 || v.text[0] != '/' || memchr(v.text, '\0', v.len))
        return err_set(err, EINVAL, "%s:%zu: the value must be an absolute path", name, number);
    value = strndup(v.text, v.len);
    if (!value)
        return err_errno(err, ENOMEM, "%s", name);
    if (is_key(key, "also")) {
        int r = take_also(ret, value);

        if (r == -E2BIG)
            return err_set(err, EINVAL, "%s:%zu: more than %u stores", name, number, CONFIG_MAX_ALSO);
        if (r < 0)
            return err_errno(err, ENOMEM, "%s", name);
        (void)steal_ptr(&value);
        return 0;
    }
    if (*said)
        return err_set(err, EINVAL, "%s:%zu: \"store\" is given twice", name, number);
    *said = true;
    if (!ret->store)
        ret->store = steal_ptr(&value);
    return 0;
}

int store_config_parse(const char *text, size_t len, const char *name, struct store_config *ret,
                       struct err *err)
{
    const char *end = text + len;
    bool said = false;
    int r = 0;

    for (size_t number = 1; r == 0 && text < end; number++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        struct piece line = trim(text, stop ? stop : end);

        if (line.len && line.text[0] != '#')
            r = take_line(line, name, number, &said, ret, err);
        text = stop ? stop + 1 : end;
    }
    return r;
}

void store_config_clear(struct store_config *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->also[i]);
    free(c->also);
    free(c->store);
    *c = (struct store_config){.store = NULL};
}
