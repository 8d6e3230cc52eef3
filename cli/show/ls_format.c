/* SPDX-License-Identifier: Apache-2.0 */
#include "show/ls_format.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "show/size.h"

static const struct {
    uint32_t type;
    char letter;
    const char *name;
} types[] = {
    {S_IFREG, '-', "file"},  {S_IFDIR, 'd', "directory"}, {S_IFLNK, 'l', "symlink"}, {S_IFCHR, 'c', "char"},
    {S_IFBLK, 'b', "block"}, {S_IFIFO, 'p', "fifo"},      {S_IFSOCK, 's', "socket"},
};

const char *mode_type(uint32_t mode)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((mode & S_IFMT) == types[i].type)
            return types[i].name;
    return "unknown";
}

const char *mode_format(uint32_t mode, char buf[MODE_TEXT_MAX])
{
    static const struct {
        uint32_t bit;
        size_t place;
        char with_x, without_x;
    } specials[] = {{S_ISUID, 3, 's', 'S'}, {S_ISGID, 6, 's', 'S'}, {S_ISVTX, 9, 't', 'T'}};

    strcpy(buf, "?rwxrwxrwx");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((mode & S_IFMT) == types[i].type)
            buf[0] = types[i].letter;
    for (size_t i = 0; i < 9; i++)
        if (!(mode & (0400u >> i)))
            buf[i + 1] = '-';
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        if (mode & specials[i].bit)
            buf[specials[i].place] =
                buf[specials[i].place] == 'x' ? specials[i].with_x : specials[i].without_x;
    return buf;
}

const char *time_format(int64_t seconds, char buf[TIME_TEXT_MAX])
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!localtime_r(&t, &tm) || strftime(buf, TIME_TEXT_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
        snprintf(buf, TIME_TEXT_MAX, "%" PRId64, seconds); /* a year beyond the calendar's range */
    return buf;
}

const char *time_format_utc(const struct timespec *t, char buf[TIME_TEXT_MAX])
{
    struct tm tm;
    char day[TIME_TEXT_MAX - 12];

    if (!gmtime_r(&t->tv_sec, &tm) || strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        snprintf(buf, TIME_TEXT_MAX, "%" PRId64, (int64_t)t->tv_sec);
    else
        snprintf(buf, TIME_TEXT_MAX, "%s.%09ldZ", day, t->tv_nsec);
    return buf;
}

/* A size is one word, so that columns can be counted. */
static void human_text(uint64_t size, char buf[32])
{
    char text[SIZE_TEXT_MAX];
    char *to = buf;

    for (const char *from = size_format(size, text); *from; from++) {
        if (*from != ' ')
            *to++ = *from;
    }
    *to = '\0';
}

/* Size, or major,minor. */
static void size_text(const struct ls_widths *w, const struct tree_attr *a, char buf[32])
{
    if (S_ISCHR(a->mode) || S_ISBLK(a->mode))
        snprintf(buf, 32, "%" PRIu32 ",%" PRIu32, a->rdev_major, a->rdev_minor);
    else if (w->human)
        human_text(a->size, buf);
    else
        snprintf(buf, 32, "%" PRIu64, a->size);
}

static void widen(int *width, int needed)
{
    if (needed > *width)
        *width = needed;
}

void ls_widths_add(struct ls_widths *w, const struct tree_attr *a)
{
    char size[32];

    size_text(w, a, size);
    widen(&w->nlink, snprintf(NULL, 0, "%" PRIu32, a->nlink));
    widen(&w->owner, snprintf(NULL, 0, "%" PRIu32, a->uid));
    widen(&w->group, snprintf(NULL, 0, "%" PRIu32, a->gid));
    widen(&w->size, (int)strlen(size));
}

int ls_print_long(FILE *out, const struct ls_widths *w, const struct tree_attr *a)
{
    char mode[MODE_TEXT_MAX], size[32], when[TIME_TEXT_MAX];

    size_text(w, a, size);
    int r = fprintf(out, "%s %*" PRIu32 " %*" PRIu32 " %*" PRIu32 " %*s %s ", mode_format(a->mode, mode),
                    w->nlink, a->nlink, w->owner, a->uid, w->group, a->gid, w->size, size,
                    time_format(a->mtime.tv_sec, when));
    return r < 0 ? -EIO : 0;
}
