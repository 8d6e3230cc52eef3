/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that ask a file system for one thing over and over, beside others that compute.
 *
 *   ask KIND DIR PROGRAMS HOGS COUNT
 *
 * KIND: lookup (of absent names), getattr, read (4 KiB, around the page cache), create; `pipe` is no file
 * system but a byte there and back through two pipes, between processes that may run anywhere, `pipe-one` the
 * same on one processor. PROGRAMS processes ask COUNT times each, HOGS processes compute until they are done.
 * DIR holds a file `f` of 1 MiB; `create` leaves new files there.
 *
 * Prints one line: seconds for all, microseconds a request (median and longest, of all programs), and how
 * often the programs were moved between processors. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS_MAX 64
#define PAGE         4096

struct asker {
    const char *dir;
    unsigned number; /* of the program */
    int fd;          /* of `f` */
    int to[2], from[2];
    char *page;
};

static void fail(const char *what)
{
    fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void ask_lookup(struct asker *a, unsigned n)
{
    char path[4096];
    struct stat st;

    snprintf(path, sizeof path, "%s/absent-%u-%d-%u", a->dir, a->number, (int)getpid(), n);
    if (stat(path, &st) == 0 || errno != ENOENT)
        fail(path);
}

static void ask_getattr(struct asker *a, unsigned n)
{
    struct statx st;

    (void)n;
    if (statx(a->fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &st) < 0)
        fail("statx");
}

static void ask_read(struct asker *a, unsigned n)
{
    if (pread(a->fd, a->page, PAGE, (off_t)(n % 256) * PAGE) != PAGE)
        fail("pread");
}

static void ask_create(struct asker *a, unsigned n)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof path, "%s/new-%u-%d-%u", a->dir, a->number, (int)getpid(), n);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        fail(path);
    close(fd);
}

static void ask_pipe(struct asker *a, unsigned n)
{
    char byte = (char)n;

    if (write(a->to[1], &byte, 1) != 1 || read(a->from[0], &byte, 1) != 1)
        fail("pipe");
}

static const struct kind {
    const char *name;
    void (*ask)(struct asker *a, unsigned n);
    int open_flags; /* of `f`; -1: not needed */
} kinds[] = {
    {"lookup", ask_lookup, -1},
    {"getattr", ask_getattr, O_RDONLY},
    {"read", ask_read, O_RDONLY | O_DIRECT},
    {"create", ask_create, -1},
    {"pipe", ask_pipe, -1},
    {"pipe-one", ask_pipe, -1},
};

static void stay_on_one(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) < 0)
        fail("sched_setaffinity");
}

static void begin_echo(struct asker *a)
{
    char byte;

    if (pipe2(a->to, O_CLOEXEC) < 0 || pipe2(a->from, O_CLOEXEC) < 0)
        fail("pipe2");
    switch (fork()) {
    case -1:
        fail("fork");
        break;
    case 0:
        close(a->to[1]);
        while (read(a->to[0], &byte, 1) == 1) {
            if (write(a->from[1], &byte, 1) != 1)
                break;
        }
        _exit(0);
    }
    close(a->to[0]);
}

static unsigned long moves(void)
{
    char line[256];
    unsigned long n = 0;
    FILE *file = fopen("/proc/self/sched", "re");

    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "se.nr_migrations", 16) == 0)
            n = strtoul(strchr(line, ':') + 1, NULL, 10);
    }
    if (file)
        fclose(file);
    return n;
}

/* One program: its times go to `times`, what moved it to *ret_moves. */
static void program(const struct kind *kind, const char *dir, unsigned number, unsigned count, double *times,
                    unsigned long *ret_moves)
{
    struct asker a = {.dir = dir, .number = number, .fd = -1};
    char path[4096];

    if (strcmp(kind->name, "pipe-one") == 0)
        stay_on_one();
    if (kind->ask == ask_pipe)
        begin_echo(&a);
    a.page = aligned_alloc(PAGE, PAGE);
    if (kind->open_flags >= 0) {
        snprintf(path, sizeof path, "%s/f", dir);
        a.fd = open(path, kind->open_flags | O_CLOEXEC);
        if (a.fd < 0)
            fail(path);
    }
    *ret_moves = moves();
    for (unsigned n = 0; n < count; n++) {
        double begun = now();

        kind->ask(&a, n);
        times[n] = now() - begun;
    }
    *ret_moves = moves() - *ret_moves;
    _exit(0);
}

static pid_t begin_hog(void)
{
    pid_t pid = fork();

    for (volatile unsigned long n = 0; pid == 0;)
        n++;
    if (pid < 0)
        fail("fork");
    return pid;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void *shared(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct kind *kind = argc == 6 ? find_kind(argv[1]) : NULL;
    unsigned programs = argc == 6 ? (unsigned)atoi(argv[3]) : 0,
             hogs = argc == 6 ? (unsigned)atoi(argv[4]) : 0;
    unsigned count = argc == 6 ? (unsigned)atoi(argv[5]) : 0, failed = 0;
    pid_t pids[PROGRAMS_MAX], hog_pids[PROGRAMS_MAX];
    unsigned long *moved, all_moved = 0;
    double *times, begun, seconds;
    size_t n = (size_t)programs * count;

    if (!kind || programs == 0 || programs > PROGRAMS_MAX || hogs > PROGRAMS_MAX || count == 0) {
        fprintf(stderr, "usage: ask lookup|getattr|read|create|pipe|pipe-one DIR PROGRAMS HOGS COUNT\n");
        return 2;
    }
    times = shared(n * sizeof *times);
    moved = shared(programs * sizeof *moved);
    for (unsigned i = 0; i < hogs; i++)
        hog_pids[i] = begin_hog();
    begun = now();
    for (unsigned i = 0; i < programs; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            program(kind, argv[2], i, count, times + (size_t)i * count, &moved[i]);
    }
    for (unsigned i = 0; i < programs; i++) {
        int status = 1;

        if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status != 0)
            failed++;
        all_moved += moved[i];
    }
    seconds = (now() - begun) / 1e6;
    for (unsigned i = 0; i < hogs; i++) {
        kill(hog_pids[i], SIGKILL);
        waitpid(hog_pids[i], NULL, 0);
    }
    qsort(times, n, sizeof *times, by_size);
    printf("seconds %.4f mean %.2f median %.2f longest %.0f moves %lu\n", seconds,
           seconds * 1e6 / (double)count, times[n / 2], times[n - 1], all_moved);
    return failed > 0;
}
