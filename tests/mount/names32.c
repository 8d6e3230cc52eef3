/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names32 DIRECTORY...: says of each name in the directories its number and type as readdir(3) and stat(2)
 * have them, and goes back to the place of each (telldir, seekdir), where the same name must be. Compiled
 * with -m32 and without _FILE_OFFSET_BITS this is what old programs of 32 bits do: offsets have 31 bits,
 * inode numbers 32, and what does not fit is EOVERFLOW.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX 1000

static int complain(const char *dir, const char *name, const char *what)
{
    fprintf(stderr, "%s/%s: %s: %s\n", dir, name, what, strerror(errno));
    return 1;
}

static const struct dirent *next(DIR *d)
{
    errno = 0;
    return readdir(d);
}

static int go_back(DIR *d, const char *dir, char *const *names, const long *places, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        const struct dirent *e;

        seekdir(d, places[i]);
        e = next(d);
        if (!e || strcmp(e->d_name, names[i]) != 0)
            return complain(dir, names[i], "seekdir");
    }
    return 0;
}

static int list(const char *dir)
{
    char *names[MAX];
    long places[MAX];
    DIR *d = opendir(dir);
    const struct dirent *e;
    size_t n = 0;
    int bad = 0;

    if (!d || chdir(dir) < 0)
        return complain(dir, "", "opendir");
    while (n < MAX && (places[n] = telldir(d), e = next(d))) {
        struct stat st;

        if (lstat(e->d_name, &st) < 0)
            bad |= complain(dir, e->d_name, "stat");
        else
            printf("%s/%s %lu %lu %o %u\n", dir, e->d_name, (unsigned long)e->d_ino, (unsigned long)st.st_ino,
                   st.st_mode, (unsigned)e->d_type);
        names[n++] = strdup(e->d_name);
    }
    if (errno)
        bad |= complain(dir, "", "readdir");
    bad |= go_back(d, dir, names, places, n);
    closedir(d);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad |= list(argv[i]);
    return bad;
}
