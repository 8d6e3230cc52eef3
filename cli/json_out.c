/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"
#include "os/buf.h"

static int set_new(json_t *obj, const char *key, json_t *value)
{
    return json_object_set_new(obj, key, value) < 0 ? -ENOMEM : 0;
}

static int set_lossy(json_t *obj, const char *key, const char *s, size_t len)
{
    cleanup_buf struct buf text = BUF_INIT, hex = BUF_INIT, hex_key = BUF_INIT;
    int r = buf_printf(&hex_key, "%s_hex", key);

    for (size_t i = 0; i < len && r == 0;) {
        uint32_t c;
        size_t n = utf8_decode(s + i, len - i, &c);
        r = n ? buf_append(&text, s + i, n) : buf_append(&text, "\xef\xbf\xbd", 3);
        i += n ? n : 1;
    }
    for (size_t i = 0; i < len && r == 0; i++)
        r = buf_printf(&hex, "%02x", (unsigned)(unsigned char)s[i]);
    const char *k = buf_str(&hex_key), *h = buf_str(&hex);
    if (r < 0 || !k || !h)
        return -ENOMEM;
    r = set_new(obj, key, json_stringn(text.data, text.len));
    return r < 0 ? r : set_new(obj, k, json_string(h));
}

int json_set_text(json_t *obj, const char *key, const char *s, size_t len)
{
    if (!s)
        return set_new(obj, key, json_null());
    if (!utf8_valid(s, len))
        return set_lossy(obj, key, s, len);
    return set_new(obj, key, json_stringn(s, len));
}

int json_set_str(json_t *obj, const char *key, const char *s)
{
    return json_set_text(obj, key, s, s ? strlen(s) : 0);
}

int json_set_digest(json_t *obj, const char *key, const struct digest *d)
{
    char text[DIGEST_STRING_MAX];
    if (d->alg == DIGEST_NONE)
        return set_new(obj, key, json_null());
    return set_new(obj, key, json_string(digest_string(d, text)));
}

int json_set_number(json_t *obj, const char *key, uint64_t n)
{
    return set_new(obj, key, json_integer((json_int_t)n));
}

static size_t terminal_flags(FILE *out)
{
    return isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0;
}

int json_list_add(struct json_list *l, json_t *element)
{
    if (!element)
        return -ENOMEM;
    int r =
        fputs(l->n++ ? ",\n " : "[", l->out) < 0 || json_dumpf(element, l->out, terminal_flags(l->out)) < 0;
    json_decref(element);
    return r ? -EIO : 0;
}

int json_list_end(struct json_list *l)
{
    return fputs(l->n ? "]\n" : "[]\n", l->out) < 0 ? -EIO : 0;
}

int json_print(FILE *out, json_t *value)
{
    if (!value)
        return -ENOMEM;
    int r = json_dumpf(value, out, JSON_INDENT(2) | terminal_flags(out)) < 0 || fputc('\n', out) == EOF;
    json_decref(value);
    return r ? -EIO : 0;
}
