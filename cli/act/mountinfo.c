/* SPDX-License-Identifier: Apache-2.0 */
#include "act/mountinfo.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

enum {
    PIECE = 64 * 1024,
    MAX_BYTES = 256 << 20,
};

/* Field numbers from 0. The optional fields end with "-"; type and source follow them. */
enum {
    FIELD_ID = 0,
    FIELD_MOUNTPOINT = 4,
    FIELD_OPTIONAL = 6,
};

/* Decode \ooo escapes of blanks, tabs, newlines and backslashes; fresh memory. */
static char *unescape(const char *s, size_t len)
{
    char *out = malloc(len + 1), *to = out;

    if (!out)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const char *d = s + i + 1;
        if (s[i] == '\\' && len - i > 3 && d[0] >= '0' && d[0] <= '3' && d[1] >= '0' && d[1] <= '7' &&
            d[2] >= '0' && d[2] <= '7') {
            *to++ = (char)((d[0] - '0') * 64 + (d[1] - '0') * 8 + (d[2] - '0'));
            i += 3;
        } else {
            *to++ = s[i];
        }
    }
    *to = '\0';
    return out;
}

/* Get the next field of the line that ends at `end`; its length, 0 at the end. */
static size_t next_field(const char **at, const char *end)
{
    while (*at < end && **at == ' ')
        (*at)++;
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    return (size_t)((blank ? blank : end) - *at);
}

/* Parse FUSE's user_id= in a line's last field, which only the kernel writes. */
static int64_t owner_in(const char *at, const char *end)
{
    static const char word[] = "user_id=";
    const char *found = memmem(at, (size_t)(end - at), word, strlen(word));

    int64_t owner = 0;

    if (!found)
        return -1;
    at = found + strlen(word);
    if (at == end || !isdigit((unsigned char)*at))
        return -1;
    for (; at < end && isdigit((unsigned char)*at) && owner <= UINT32_MAX; at++)
        owner = owner * 10 + (*at - '0');
    return owner <= UINT32_MAX ? owner : -1;
}

static int parse_line(const char *line, const char *end, struct mount_entry *ret)
{
    const char *at = line;
    size_t len, field = 0, behind_dash = 0;

    for (; (len = next_field(&at, end)) > 0 && behind_dash < 3; field++, at += len) {
        char **text = NULL;
        if (field == FIELD_ID)
            ret->id = strtoull(at, NULL, 10);
        else if (field == FIELD_MOUNTPOINT)
            text = &ret->mountpoint;
        else if (behind_dash > 0)
            text = behind_dash++ == 1 ? &ret->type : &ret->source;
        else if (field >= FIELD_OPTIONAL && len == 1 && *at == '-')
            behind_dash = 1;
        if (text && !(*text = unescape(at, len)))
            return -ENOMEM;
    }
    ret->owner = owner_in(at, end);
    if (ret->mountpoint && ret->type && !ret->source) /* an empty source is an empty field */
        ret->source = strdup("");
    return ret->source ? 0 : -EUCLEAN;
}

static void entry_clear(struct mount_entry *e)
{
    free(e->mountpoint);
    free(e->type);
    free(e->source);
}

static int add_line(struct mountinfo *m, const char *line, const char *end)
{
    struct mount_entry entry = {0};

    struct mount_entry *entries = array_room(m->entries, m->n, sizeof *entries);

    if (!entries)
        return -ENOMEM;
    m->entries = entries;
    int r = parse_line(line, end, &entry);
    if (r < 0)
        entry_clear(&entry);
    else
        m->entries[m->n++] = entry;
    return r;
}

int mountinfo_parse(const char *text, size_t len, struct mountinfo *ret)
{
    struct mountinfo m = {0};
    int r = 0;

    for (const char *line = text, *stop = text + len; line < stop && r == 0;) {
        const char *end = memchr(line, '\n', (size_t)(stop - line));
        if (!end)
            end = stop;
        if (end > line)
            r = add_line(&m, line, end);
        line = end + 1;
    }
    if (r < 0)
        mountinfo_free(&m);
    else
        *ret = m;
    return r;
}

int mountinfo_read(struct mountinfo *ret)
{
    cleanup_fd int fd = mountinfo_watch();
    cleanup_buf struct buf text = BUF_INIT;

    if (fd < 0)
        return fd;
    for (;;) { /* files of /proc report no size */
        int r = text.len > MAX_BYTES ? -EFBIG : buf_reserve(&text, PIECE);
        if (r < 0)
            return r;
        ssize_t got = fd_read(fd, text.data + text.len, PIECE);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return mountinfo_parse(text.data, text.len, ret);
        text.len += (size_t)got;
    }
}

void mountinfo_free(struct mountinfo *m)
{
    for (size_t i = 0; i < m->n; i++)
        entry_clear(&m->entries[i]);
    free(m->entries);
    *m = (struct mountinfo){0};
}

bool mount_entry_is_mica(const struct mount_entry *e)
{
    return strcmp(e->type, "fuse.micafs") == 0;
}

const struct mount_entry *mountinfo_find(const struct mountinfo *m, const char *path)
{
    for (size_t i = m->n; i-- > 0;)
        if (strcmp(m->entries[i].mountpoint, path) == 0)
            return &m->entries[i];
    return NULL;
}

int mountinfo_watch(void)
{
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}
