/* SPDX-License-Identifier: Apache-2.0 */
#include "report/template.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX    16 /* sections within sections */
#define TAG_NAME_MAX 40

/* The values that names are looked up in, the innermost last. */
struct scope {
    const json_t *levels[DEPTH_MAX];
    size_t n;
};

struct tag {
    char kind; /* '#', '^', '/', '>', or 0 for a value */
    char name[TAG_NAME_MAX];
    const char *begin, *end; /* of the tag with its braces */
};

struct filling {
    const struct template_part *parts;
    struct buf *out;
    struct scope scope;
};

int template_escape(struct buf *out, const char *text)
{
    int r = 0;

    while (r == 0 && *text) {
        size_t plain = strcspn(text, "&<>\"'");
        const char *form = "";

        switch (text[plain]) {
        case '&':
            form = "&amp;";
            break;
        case '<':
            form = "&lt;";
            break;
        case '>':
            form = "&gt;";
            break;
        case '"':
            form = "&quot;";
            break;
        case '\'':
            form = "&#39;";
            break;
        default:
            break;
        }
        r = buf_append(out, text, plain);
        if (r == 0)
            r = buf_append(out, form, strlen(form));
        text += plain + (text[plain] != 0);
    }
    return r;
}

static const json_t *look_up(const struct scope *s, const char *name)
{
    for (size_t i = s->n; i-- > 0;) {
        const json_t *v = json_object_get(s->levels[i], name);
        if (v)
            return v;
    }
    return NULL;
}

/* Finds the next tag of text .. end. 1; 0 for none; -EINVAL. */
static int next_tag(const char *text, const char *end, struct tag *ret)
{
    const char *open = memmem(text, (size_t)(end - text), "{{", 2);
    const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;

    if (!open)
        return 0;
    if (!close)
        return -EINVAL;
    ret->begin = open;
    ret->end = close + 2;
    ret->kind = strchr("#^/>", open[2]) ? open[2] : 0;
    const char *name = open + 2 + (ret->kind != 0);
    size_t len = (size_t)(close - name);
    if (name >= close || len >= sizeof ret->name)
        return -EINVAL;
    memcpy(ret->name, name, len);
    ret->name[len] = 0;
    return 1;
}

/* Finds the tag that closes the section `t`. */
static int find_close(const struct tag *t, const char *end, struct tag *ret)
{
    const char *at = t->end;
    size_t inner = 0;

    for (;;) {
        int r = next_tag(at, end, ret);

        if (r <= 0)
            return -EINVAL;
        at = ret->end;
        if (strcmp(ret->name, t->name) != 0)
            continue;
        if (ret->kind == '/' && inner-- == 0)
            return 0;
        inner += ret->kind == '#' || ret->kind == '^';
    }
}

static bool is_shown(const json_t *v)
{
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_ARRAY:
        return json_array_size(v) > 0;
    case JSON_OBJECT:
    case JSON_TRUE:
        return true;
    case JSON_STRING:
        return *json_string_value(v) != 0;
    case JSON_INTEGER:
        return json_integer_value(v) != 0;
    default:
        return false;
    }
}

static int put_value(struct filling *f, const char *name)
{
    const json_t *v = look_up(&f->scope, name);

    if (json_is_integer(v))
        return buf_printf(f->out, "%lld", (long long)json_integer_value(v));
    return json_is_string(v) ? template_escape(f->out, json_string_value(v)) : -EINVAL;
}

static int put_part(struct filling *f, const char *name)
{
    for (const struct template_part *p = f->parts; p && p->name; p++) {
        if (strcmp(p->name, name) == 0)
            return buf_append(f->out, p->text, strlen(p->text));
    }
    return -EINVAL;
}

static int fill(struct filling *f, const char *text, const char *end);

static int fill_within(struct filling *f, const json_t *level, const char *text, const char *end)
{
    if (f->scope.n == DEPTH_MAX)
        return -EINVAL;
    f->scope.levels[f->scope.n++] = level;
    int r = fill(f, text, end);
    f->scope.n--;
    return r;
}

static int fill_section(struct filling *f, const struct tag *open, const struct tag *close)
{
    const json_t *v = look_up(&f->scope, open->name);
    int r = 0;

    if (!v)
        return -EINVAL;
    if (is_shown(v) == (open->kind == '^'))
        return 0;
    if (!json_is_array(v) || open->kind == '^')
        return fill_within(f, v, open->end, close->begin);
    for (size_t i = 0; r == 0 && i < json_array_size(v); i++)
        r = fill_within(f, json_array_get(v, i), open->end, close->begin);
    return r;
}

static int fill(struct filling *f, const char *text, const char *end)
{
    struct tag t, close;
    int r;

    while ((r = next_tag(text, end, &t)) > 0) {
        r = buf_append(f->out, text, (size_t)(t.begin - text));
        text = t.end;
        if (r < 0) {
            return r;
        } else if (t.kind == '>') {
            r = put_part(f, t.name);
        } else if (t.kind == 0) {
            r = put_value(f, t.name);
        } else {
            r = t.kind == '/' ? -EINVAL : find_close(&t, end, &close);
            r = r < 0 ? r : fill_section(f, &t, &close);
            text = close.end;
        }
        if (r < 0)
            return r;
    }
    return r < 0 ? r : buf_append(f->out, text, (size_t)(end - text));
}

int template_fill(const char *text, const json_t *values, const struct template_part *parts, struct buf *out)
{
    struct filling f = {.parts = parts, .out = out, .scope = {{values}, 1}};

    return fill(&f, text, text + strlen(text));
}
