/* SPDX-License-Identifier: Apache-2.0 */
#include "import/pax_records.h"

#include <errno.h>
#include <string.h>

#include "import/tar_header.h"

#define MALFORMED "a record of a pax header is malformed"

struct record {
    size_t start, key, value, newline; /* offsets: of the record, its key and value, and the newline */
};

/* Keys that override a field of the header. */
enum field { PATH, LINK, SIZE, UID, GID, MTIME, FIELDS, NONE = FIELDS };

static const char *const field_keys[FIELDS] = {"path", "linkpath", "size", "uid", "gid", "mtime"};

/* Parses the record at `at`: "LENGTH KEY=VALUE\n"; LENGTH counts the whole record. */
static int parse(const char *p, size_t len, size_t at, struct record *ret)
{
    size_t n = 0, i = at;
    const char *equals;

    for (; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
        n = n * 10 + (size_t)(p[i] - '0');
        if (n > len)
            return -EINVAL;
    }
    if (i == at || i == len || p[i] != ' ' || n > len - at || at + n < i + 3 || p[at + n - 1] != '\n')
        return -EINVAL;
    *ret = (struct record){.start = at, .key = i + 1, .newline = at + n - 1};
    equals = memchr(p + ret->key, '=', ret->newline - ret->key);
    if (!equals || equals == p + ret->key || memchr(p + ret->key, '\0', (size_t)(equals - (p + ret->key))))
        return -EINVAL;
    ret->value = (size_t)(equals - p) + 1;
    return 0;
}

static bool key_is(const char *p, const struct record *r, const char *key)
{
    size_t n = strlen(key);

    return r->value - 1 - r->key == n && memcmp(p + r->key, key, n) == 0;
}

static bool key_begins(const char *p, const struct record *r, const char *with)
{
    size_t n = strlen(with);

    return r->value - 1 - r->key >= n && memcmp(p + r->key, with, n) == 0;
}

static enum field field_of(const char *p, const struct record *r)
{
    for (enum field f = 0; f < FIELDS; f++)
        if (key_is(p, r, field_keys[f]))
            return f;
    return NONE;
}

static int parse_size(const char *p, const struct record *r, uint64_t *ret)
{
    uint64_t n = 0;

    for (size_t i = r->value; i < r->newline; i++) {
        if (p[i] < '0' || p[i] > '9' || n > TAR_SIZE_MAX / 10)
            return -EINVAL;
        n = n * 10 + (uint64_t)(p[i] - '0');
    }
    *ret = n;
    return n > TAR_SIZE_MAX ? -EINVAL : 0;
}

static void take_out(char *p, const struct record *r)
{
    p[r->key] = '-';
}

/* Finds the last record of each field and removes the earlier ones. */
static int find_last(char *p, size_t len, struct record last[FIELDS], const char **ret_why)
{
    for (size_t at = 0; at < len;) {
        struct record r;
        enum field f;

        *ret_why = MALFORMED;
        if (parse(p, len, at, &r) < 0)
            return -EINVAL;
        *ret_why = "a name in a pax header has a NUL in it";
        f = field_of(p, &r);
        if ((f == PATH || f == LINK) && memchr(p + r.value, '\0', r.newline - r.value))
            return -EINVAL;
        if (f != NONE) {
            if (last[f].newline)
                take_out(p, &last[f]);
            last[f] = r;
        }
        at = r.newline + 1;
    }
    return 0;
}

int pax_records_make_plain(char *p, size_t len, struct pax_facts *ret, const char **ret_why)
{
    struct record last[FIELDS] = {{0}};
    struct pax_facts facts = {0};

    if (find_last(p, len, last, ret_why) < 0)
        return -EINVAL;
    for (enum field f = 0; f < FIELDS; f++) {
        bool empty = last[f].value == last[f].newline;

        if (!last[f].newline)
            continue;
        if (f == SIZE && !empty) {
            *ret_why = "the size in a pax header is no number, negative or too large";
            if (parse_size(p, &last[f], &facts.size) < 0)
                return -EINVAL;
            facts.has_size = true;
        }
        if (f == PATH && !empty) {
            facts.path = last[f].value;
            facts.path_len = last[f].newline - last[f].value;
        }
        facts.has_link |= f == LINK && !empty;
        if (f == SIZE || empty)
            take_out(p, &last[f]);
    }
    *ret = facts;
    return 0;
}

int pax_records_check_global(const char *p, size_t len, const char **ret_why)
{
    for (size_t at = 0; at < len;) {
        struct record r;
        enum field f;

        *ret_why = MALFORMED;
        if (parse(p, len, at, &r) < 0)
            return -EINVAL;
        *ret_why =
            "a global pax header has a name, a target, a size or a sparse map, which only some readers apply";
        f = field_of(p, &r);
        if (r.value < r.newline && (f == PATH || f == LINK || f == SIZE || key_begins(p, &r, "GNU.sparse.")))
            return -EINVAL;
        at = r.newline + 1;
    }
    return 0;
}
