/* SPDX-License-Identifier: Apache-2.0 */
#include "show/json_out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "image/json_text.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/text.h"

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

/* Outside of strings JSON is ASCII, so every other character can be replaced by its escape wherever it is.
 * jansson escapes either all above DEL or none, and never DEL. */
static int put_escaped(FILE *out, const char *s, size_t len)
{
    int ascii = -1; /* not known yet */
    size_t done = 0;

    for (size_t i = 0, n; i < len; i += n) {
        uint32_t c = 0;
        int r;

        n = 1;
        if (s[i] >= ' ' && s[i] <= '~')
            continue;
        if (ascii < 0)
            ascii = isatty(fileno(out));
        n = utf8_decode(s + i, len - i, &c);
        if (n == 0)
            return -EIO; /* jansson's output is UTF-8 */
        if (c == '\n' || !(inert_hides(c) || (ascii && c > 0x7f)))
            continue;
        if (fwrite(s + done, 1, i - done, out) != i - done)
            return -EIO;
        done = i + n;
        if (c > 0xffff)
            r = fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                        0xdc00 + ((c - 0x10000) & 0x3ff));
        else
            r = fprintf(out, "\\u%04x", c);
        if (r < 0)
            return -EIO;
    }
    return fwrite(s + done, 1, len - done, out) == len - done ? 0 : -EIO;
}

static int put_json(FILE *out, const json_t *value, size_t flags)
{
    cleanup_free char *text = json_text_dump(value, flags);

    return text ? put_escaped(out, text, strlen(text)) : -ENOMEM;
}

int json_list_add(struct json_list *l, json_t *element)
{
    if (!element)
        return -ENOMEM;
    int r = fputs(l->n++ ? ",\n " : "[", l->out) < 0 ? -EIO : put_json(l->out, element, 0);
    json_decref(element);
    return r;
}

int json_list_end(struct json_list *l)
{
    return fputs(l->n ? "]\n" : "[]\n", l->out) < 0 ? -EIO : 0;
}

int json_print(FILE *out, json_t *value)
{
    if (!value)
        return -ENOMEM;
    int r = put_json(out, value, JSON_INDENT(2));
    if (r == 0 && fputc('\n', out) == EOF)
        r = -EIO;
    json_decref(value);
    return r;
}
