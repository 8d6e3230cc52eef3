/* SPDX-License-Identifier: Apache-2.0 */
#include "union/id_map.h"

#include <errno.h>
#include <stdlib.h>

#include "os/array.h"

/* ---- reading */

/* Parse a number of 32 bits; moves *at behind it. */
static bool take_number(const char **at, const char *end, uint32_t *ret)
{
    const char *p = *at;
    uint64_t n = 0;

    while (p < end && *p >= '0' && *p <= '9' && n < UINT32_MAX)
        n = n * 10 + (uint64_t)(*p++ - '0');
    if (p == *at || n > UINT32_MAX || (p < end && *p >= '0' && *p <= '9'))
        return false;
    *ret = (uint32_t)n;
    *at = p;
    return true;
}

static bool take_colon(const char **at, const char *end)
{
    if (*at == end || **at != ':')
        return false;
    ++*at;
    return true;
}

static bool take_range(const char **at, const char *end, struct id_range *ret)
{
    return take_number(at, end, &ret->disk) && take_colon(at, end) && take_number(at, end, &ret->shown) &&
           take_colon(at, end) && take_number(at, end, &ret->n);
}

/* Is the range empty, or does it exceed the last id, 2^32 - 2? */
static bool is_impossible(const struct id_range *r)
{
    return r->n == 0 || r->n > UINT32_MAX - r->disk || r->n > UINT32_MAX - r->shown;
}

static bool meet(uint32_t a, uint32_t a_n, uint32_t b, uint32_t b_n)
{
    return a < b ? b - a < a_n : a - b < b_n;
}

static int add_range(struct id_map *m, const char *option, const struct id_range *r, struct err *err)
{
    struct id_range *ranges;

    if (is_impossible(r))
        return err_set(err, EINVAL, "option %s: %u:%u:%u is no range of ids", option, r->disk, r->shown,
                       r->n);
    if (m->n == ID_MAP_RANGES)
        return err_set(err, EINVAL, "option %s: more than %d ranges", option, ID_MAP_RANGES);
    for (size_t i = 0; i < m->n; i++) {
        const struct id_range *o = &m->ranges[i];

        if (meet(o->disk, o->n, r->disk, r->n) || meet(o->shown, o->n, r->shown, r->n))
            return err_set(err, EINVAL, "option %s: %u:%u:%u and %u:%u:%u overlap", option, o->disk, o->shown,
                           o->n, r->disk, r->shown, r->n);
    }
    ranges = array_room(m->ranges, m->n, sizeof *ranges);
    if (!ranges)
        return err_errno(err, ENOMEM, "option %s", option);
    ranges[m->n++] = *r;
    m->ranges = ranges;
    return 0;
}

static int parse(struct id_map *m, const char *option, const char *text, size_t len, struct err *err)
{
    const char *at = text, *end = text + len;
    struct id_range range;
    int r;

    (void)take_colon(&at, end);
    while (at < end) {
        if (!take_range(&at, end, &range) || (at < end && !(take_colon(&at, end) && at < end)))
            return err_set(err, EINVAL,
                           "option %s=%.*s: write CONTAINER:HOST:SIZE, and any number of these with colons "
                           "between them",
                           option, (int)len, text);
        r = add_range(m, option, &range, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int id_map_parse(struct id_map *m, const char *option, const char *text, size_t len, struct err *err)
{
    int r;

    id_map_clear(m);
    r = parse(m, option, text, len, err);
    if (r < 0)
        id_map_clear(m);
    return r;
}

void id_map_clear(struct id_map *m)
{
    free(m->ranges);
    m->ranges = NULL;
    m->n = 0;
}

/* ---- mapping */

uint32_t id_map_show(const struct id_map *m, uint32_t disk)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct id_range *r = &m->ranges[i];

        if (disk >= r->disk && disk - r->disk < r->n)
            return r->shown + (disk - r->disk);
    }
    return m->n ? ID_UNMAPPED : disk;
}

uint32_t id_map_show_owner(const struct id_map *m, uint32_t disk)
{
    return m->squashed ? m->squashed_to : id_map_show(m, disk);
}

int id_map_take(const struct id_map *m, uint32_t shown, uint32_t *ret)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct id_range *r = &m->ranges[i];

        if (shown >= r->shown && shown - r->shown < r->n) {
            *ret = r->disk + (shown - r->shown);
            return 0;
        }
    }
    *ret = shown;
    return m->n ? -EOVERFLOW : 0;
}
