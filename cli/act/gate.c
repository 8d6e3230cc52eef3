/* SPDX-License-Identifier: Apache-2.0 */
#include "act/gate.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"
#include "show/size.h"

enum {
    MILLION = 1000000,
    LINES_MAX = 10000,
    LINE_MAX_BYTES = 8192,
};

void gate_free(struct gate *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->limits[i].allowed);
        free(g->limits[i].pattern);
    }
    free(g->limits);
    *g = (struct gate){0};
}

const char *gate_name(enum gate_kind kind)
{
    static const char *const names[] = {"max-wasted-bytes", "max-wasted-percent", "min-efficiency", "wasted",
                                        "size"};
    return names[kind];
}

/* Parses "12.5" in millionths of `one`: 12500000 for one = 1000000. At most six digits after the point. */
static int parse_decimal(const char *s, size_t len, uint32_t one, uint64_t *ret)
{
    uint64_t n = 0;
    size_t digits = 0, i = 0;

    for (; i < len && s[i] >= '0' && s[i] <= '9' && digits < 9; i++, digits++)
        n = n * 10 + (uint64_t)(s[i] - '0');
    n *= one;
    if (i < len && s[i] == '.') {
        uint64_t place = one;
        for (i++; i < len && s[i] >= '0' && s[i] <= '9' && place >= 10; i++, digits++) {
            place /= 10;
            n += place * (uint64_t)(s[i] - '0');
        }
    }
    *ret = n;
    return i == len && digits ? 0 : -EINVAL;
}

static int parse_fraction(enum gate_kind kind, const char *s, uint32_t *ret)
{
    size_t len = strlen(s);
    bool percent = len && s[len - 1] == '%';
    uint64_t n;
    int r =
        parse_decimal(s, len - percent, percent || kind == GATE_WASTED_PERCENT ? MILLION / 100 : MILLION, &n);

    if (r < 0 || n > MILLION)
        return -EINVAL;
    *ret = (uint32_t)n;
    return 0;
}

static int add(struct gate *g, struct gate_limit l, const char *value, const char *pattern, struct err *err)
{
    struct gate_limit *limits = array_room(g->limits, g->n, sizeof *limits);

    if (!limits)
        return err_set(err, ENOMEM, "out of memory");
    g->limits = limits;
    l.allowed = strdup(value);
    l.pattern = pattern ? strdup(pattern) : NULL;
    limits[g->n++] = l;
    return l.allowed && (!pattern || l.pattern) ? 0 : err_set(err, ENOMEM, "out of memory");
}

int gate_add(struct gate *g, enum gate_kind kind, const char *value, struct err *err)
{
    struct gate_limit l = {.kind = kind};

    if (kind == GATE_WASTED_BYTES ? size_parse(value, &l.bytes) < 0
                                  : parse_fraction(kind, value, &l.millionths) < 0)
        return err_set(err, EINVAL, "\"%s\" is no %s", value,
                       kind == GATE_WASTED_BYTES     ? "size, such as 10MB"
                       : kind == GATE_WASTED_PERCENT ? "percentage from 0 to 100"
                                                     : "efficiency from 0 to 1, or percentage with %");
    return add(g, l, value, NULL, err);
}

/* Cuts the next word off *line, NUL-terminated; *line is the rest after the blanks. */
static char *cut_word(char **line)
{
    char *word = *line + strspn(*line, " \t"), *end = word + strcspn(word, " \t");

    *line = end + strspn(end, " \t");
    *end = 0;
    return word;
}

static int read_line(struct gate *g, char *line, const char *file, size_t number, struct err *err)
{
    struct gate_limit l = {.kind = GATE_PATH_WASTED};
    char *kind, *size;

    line[strcspn(line, "\n")] = 0;
    line += strspn(line, " \t");
    if (*line == 0 || *line == '#')
        return 0;
    kind = cut_word(&line);
    size = cut_word(&line);
    if (strcmp(kind, "size") == 0)
        l.kind = GATE_PATH_SIZE;
    else if (strcmp(kind, "wasted") != 0)
        return err_set(err, EINVAL, "%s:%zu: \"%s\" is neither \"wasted\" nor \"size\"", file, number, kind);
    if (size_parse(size, &l.bytes) < 0)
        return err_set(err, EINVAL, "%s:%zu: \"%s\" is no size, such as 10MB", file, number, size);
    if (*line != '/' && *line != '*')
        return err_set(err, EINVAL, "%s:%zu: the line needs a pattern that begins with / or *", file, number);
    return add(g, l, size, line, err);
}

int gate_read(struct gate *g, const char *file, struct err *err)
{
    cleanup_free char *line = malloc(LINE_MAX_BYTES);
    FILE *in = fopen(file, "re");
    int r = 0;

    if (!in || !line) {
        r = err_errno(err, in ? ENOMEM : errno, "cannot open %s", file);
        if (in)
            fclose(in);
        return r;
    }
    for (size_t n = 1; r == 0 && fgets(line, LINE_MAX_BYTES, in); n++) {
        if (n > LINES_MAX || (!strchr(line, '\n') && !feof(in)))
            r = err_set(err, EINVAL, "%s:%zu: too long", file, n);
        else
            r = read_line(g, line, file, n, err);
    }
    if (r == 0 && ferror(in))
        r = err_errno(err, errno, "cannot read %s", file);
    fclose(in);
    return r;
}

bool gate_has(const struct gate *g, enum gate_kind kind)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->limits[i].kind == kind)
            return true;
    }
    return false;
}

void gate_count(struct gate *g, enum gate_kind kind, const char *path, uint64_t size)
{
    for (size_t i = 0; i < g->n; i++) {
        struct gate_limit *l = &g->limits[i];

        if (l->kind == kind && fnmatch(l->pattern, path, 0) == 0)
            l->found = l->found > UINT64_MAX - size ? UINT64_MAX : l->found + size;
    }
}

static void judge(struct gate_limit *l, uint64_t size, uint64_t wasted)
{
    __uint128_t part = l->kind == GATE_EFFICIENCY ? size - wasted : wasted;
    __uint128_t limit = (__uint128_t)l->millionths * size;

    switch (l->kind) {
    case GATE_WASTED_BYTES:
        l->found = wasted;
        l->passed = wasted <= l->bytes;
        break;
    case GATE_WASTED_PERCENT:
        l->found = size ? (uint64_t)((part * MILLION + size - 1) / size) : 0;
        l->passed = part * MILLION <= limit;
        break;
    case GATE_EFFICIENCY:
        l->found = size ? (uint64_t)(part * MILLION / size) : MILLION;
        l->passed = part * MILLION >= limit;
        break;
    case GATE_PATH_WASTED:
    case GATE_PATH_SIZE:
        l->passed = l->found <= l->bytes;
        break;
    }
}

bool gate_judge(struct gate *g, uint64_t size, uint64_t wasted)
{
    bool all = true;

    for (size_t i = 0; i < g->n; i++) {
        judge(&g->limits[i], size, wasted < size ? wasted : size);
        all &= g->limits[i].passed;
    }
    return all;
}

const char *gate_found(const struct gate_limit *l, char buf[GATE_TEXT_MAX])
{
    if (l->kind == GATE_WASTED_PERCENT || l->kind == GATE_EFFICIENCY)
        snprintf(buf, GATE_TEXT_MAX, "%u.%04u%%", (unsigned)(l->found / (MILLION / 100)),
                 (unsigned)(l->found % (MILLION / 100)));
    else
        snprintf(buf, GATE_TEXT_MAX, "%llu bytes", (unsigned long long)l->found);
    return buf;
}
