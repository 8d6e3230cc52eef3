/* SPDX-License-Identifier: Apache-2.0 */
#include "image/expand.h"

#include <errno.h>
#include <string.h>

#include "os/cleanup.h"

#define BLANKS    " \t\r\n"
#define DIGITS    "0123456789"
#define NAMES     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_" DIGITS
#define MAX_DEPTH 32 /* of words nested in ${...} */

struct expansion {
    const char *next, *limit;
    expand_lookup_fn lookup;
    void *ctx;
    struct err *err;
    int depth;
};

bool expand_next(const char **text, const char **ret, size_t *ret_len)
{
    const char *p = *text + strspn(*text, BLANKS);
    char quote = '\0';

    *ret = p;
    for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
        if (*p == '\\' && quote != '\'' && p[1])
            p++;
        else if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? '\0' : *p;
    }
    *text = p;
    *ret_len = (size_t)(p - *ret);
    return *ret_len > 0;
}

/* Returns the next character, NUL at the end. */
static char peek(const struct expansion *x)
{
    return x->next < x->limit ? *x->next : '\0';
}

static size_t name_length(const struct expansion *x)
{
    size_t n = 0;

    while (x->next + n < x->limit && strchr(NAMES, x->next[n]))
        n++;
    return n > 1 && strchr(DIGITS, *x->next) ? 1 : n; /* $12 is $1 and a 2 */
}

static int put_value(struct buf *ret, const char *value)
{
    return value ? buf_append(ret, value, strlen(value)) : 0;
}

static int expand_until(struct expansion *x, char stop, struct buf *ret);

/* Expands ${NAME...; the position is after the name. */
static int put_braced(struct expansion *x, const char *name, size_t len, struct buf *ret)
{
    const char *value = x->lookup(x->ctx, name, len);
    cleanup_buf struct buf word = BUF_INIT;
    bool colon = peek(x) == ':', there;
    char how;
    int r;

    x->next += colon;
    how = peek(x);
    if (!colon && how == '}') {
        x->next++;
        return put_value(ret, value);
    }
    if (!how)
        return err_set(x->err, EINVAL, "a \"${\" lacks its \"}\"");
    if (!strchr("-+?", how))
        return err_set(x->err, EINVAL,
                       "\"${%.*s\" is invalid: use ${NAME}, ${NAME:-WORD}, ${NAME:+WORD} or "
                       "${NAME:?WORD}",
                       (int)(x->limit - name), name);
    x->next++;
    r = expand_until(x, '}', &word);
    if (r == 0 && !buf_str(&word))
        r = -ENOMEM;
    if (r < 0)
        return r;
    there = value && (*value || !colon);
    if (how == '+')
        return there ? put_value(ret, buf_str(&word)) : 0;
    if (how == '?' && !there)
        return err_set(x->err, EINVAL, "the variable %.*s is not set%s%s", (int)len, name,
                       word.len ? ": " : "", buf_str(&word));
    return put_value(ret, there ? value : buf_str(&word));
}

static int put_variable(struct expansion *x, struct buf *ret)
{
    bool braced;
    const char *name;
    size_t len;

    x->next++;
    braced = peek(x) == '{';
    x->next += braced;
    name = x->next;
    len = name_length(x);
    x->next += len;
    if (braced && len == 0)
        return err_set(x->err, EINVAL, "\"${\" needs the name of a variable behind it");
    if (braced)
        return put_braced(x, name, len, ret);
    return len ? put_value(ret, x->lookup(x->ctx, name, len)) : buf_append(ret, "$", 1);
}

static int put_quoted(struct expansion *x, char quote, struct buf *ret)
{
    int r = 0;

    for (x->next++; r == 0 && x->next < x->limit && *x->next != quote;) {
        if (quote == '"' && *x->next == '$') {
            r = put_variable(x, ret);
            continue;
        }
        if (quote == '"' && *x->next == '\\' && x->next + 1 < x->limit && strchr("\"$\\", x->next[1]))
            x->next++;
        r = buf_append(ret, x->next++, 1);
    }
    if (r == 0 && x->next == x->limit)
        return err_set(x->err, EINVAL, "a quote is open: %c", quote);
    x->next++;
    return r;
}

/* Expands up to `stop`, and skips it; up to the end if `stop` is NUL. */
static int expand_until(struct expansion *x, char stop, struct buf *ret)
{
    int r = 0;

    if (++x->depth > MAX_DEPTH)
        return err_set(x->err, EINVAL, "variables are in one another's words, more than %d deep", MAX_DEPTH);
    while (r == 0 && x->next < x->limit && (!stop || *x->next != stop)) {
        char c = *x->next;

        if (c == '\'' || c == '"') {
            r = put_quoted(x, c, ret);
        } else if (c == '$') {
            r = put_variable(x, ret);
        } else if (c == '\\' && x->next + 1 == x->limit) {
            x->next++; /* a backslash at the end is dropped */
        } else {
            x->next += c == '\\';
            r = buf_append(ret, x->next++, 1);
        }
    }
    if (r < 0)
        return r;
    if (stop && x->next == x->limit)
        return err_set(x->err, EINVAL, "a \"${\" lacks its \"%c\"", stop);
    x->next += stop != '\0';
    x->depth--;
    return 0;
}

int expand_text(const char *text, size_t len, expand_lookup_fn lookup, void *ctx, struct buf *ret,
                struct err *err)
{
    struct expansion x = {.next = text, .limit = text + len, .lookup = lookup, .ctx = ctx, .err = err};

    return expand_until(&x, '\0', ret);
}
