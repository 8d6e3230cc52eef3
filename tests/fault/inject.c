/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD in micafs: it stands between the program and libc's calls that change or read
 * files, counts them, and at one of them makes the call fail or the process end. What it is to do is said by
 * the test in a file that both have mapped ($MICA_FAULT), so that it holds for just as long as one operation
 * takes.
 *
 * Only calls from the program itself count: those of libraries are seen by their return address and passed
 * on.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- what the test says, and is told: faults.py knows this layout */

enum mode { MODE_OFF, MODE_COUNT, MODE_FAIL, MODE_KILL_BEFORE, MODE_KILL_AFTER, MODE_FAIL_FROM, MODE_STOP };

enum {
    CLASS_CHANGE = 1, /* changes a file or a name */
    CLASS_LOOK = 2,
    CLASS_MEMORY = 4,
    CLASS_READ = 8, /* reads content; one of the first two as well */
};

#define NAME_SIZE 24
#define LOG_MAX   4096

struct control {
    uint32_t mode;
    uint32_t classes; /* what counts */
    uint32_t at;      /* the first call is 1 */
    int32_t error;
    _Atomic uint32_t count;
    _Atomic uint32_t hits;
    char log[LOG_MAX][NAME_SIZE]; /* the calls' names; the last byte is the class */
};

static struct control *control;
static uintptr_t text_start, text_end;

/* The first is the program. */
static int note_program(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            text_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            text_end = text_start + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1;
}

static void *next(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    if (!f)
        abort();
    return f;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("MICA_FAULT");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    void *map;

    if (fd < 0)
        return;
    dl_iterate_phdr(note_program, NULL);
    map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        control = map;
    close(fd);
}

/* ---- what is done at a call */

enum verdict { GO, FAIL, DIE_AFTER };

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static enum verdict before(const char *name, unsigned class, const void *caller)
{
    uint32_t n;
    bool is_it;

    if (!control || control->mode == MODE_OFF || !(control->classes & class) ||
        (uintptr_t)caller < text_start || (uintptr_t)caller >= text_end)
        return GO;
    n = atomic_fetch_add(&control->count, 1);
    if (n < LOG_MAX) {
        strncpy(control->log[n], name, NAME_SIZE - 2);
        control->log[n][NAME_SIZE - 1] = (char)class;
    }
    is_it = n + 1 == control->at;
    if (!is_it && !(control->mode == MODE_FAIL_FROM && n + 1 > control->at))
        return GO;
    if (control->mode == MODE_COUNT)
        return GO;
    atomic_fetch_add(&control->hits, 1);
    if (control->mode == MODE_STOP) { /* until the test, which waits for it, has done what it wants to */
        kill(getpid(), SIGSTOP);
        return GO;
    }
    if (control->mode == MODE_KILL_BEFORE)
        die();
    if (control->mode == MODE_KILL_AFTER)
        return DIE_AFTER;
    errno = class == CLASS_MEMORY ? ENOMEM : control->error;
    return FAIL;
}

static void after(enum verdict v)
{
    if (v == DIE_AFTER)
        die();
}

/*
 * WRAP(class, type, what it returns when it fails, name, parameters, arguments): names are given to the
 * linker directly, since the headers have other ideas of some of them.
 */
#define WRAP(class, type, failed, name, params, args)                                                        \
    type wrap_##name params __asm__(#name);                                                                  \
    type wrap_##name params                                                                                  \
    {                                                                                                        \
        static type(*real) params;                                                                           \
        enum verdict v = before(#name, class, __builtin_return_address(0));                                  \
        type r;                                                                                              \
                                                                                                             \
        if (v == FAIL)                                                                                       \
            return failed;                                                                                   \
        if (!real)                                                                                           \
            real = next(#name);                                                                              \
        r = real args;                                                                                       \
        after(v);                                                                                            \
        return r;                                                                                            \
    }

#define CHANGE(type, name, params, args) WRAP(CLASS_CHANGE, type, -1, name, params, args)
#define LOOK(type, name, params, args)   WRAP(CLASS_LOOK, type, -1, name, params, args)
#define READ(other, name, params, args)  WRAP(CLASS_READ | (other), ssize_t, -1, name, params, args)
#define MEMORY(name, params, args)       WRAP(CLASS_MEMORY, void *, NULL, name, params, args)

/* ---- opening: also the forms that _FORTIFY_SOURCE makes of it */

#define OPENS(flags) ((flags) & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)) ? CLASS_CHANGE : CLASS_LOOK)

/* That mode is not always given does not matter: it is passed on as it comes. */
WRAP(OPENS(flags), int, -1, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(OPENS(flags), int, -1, open64, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(OPENS(flags), int, -1, openat, (int fd, const char *path, int flags, mode_t mode),
     (fd, path, flags, mode))
WRAP(OPENS(flags), int, -1, openat64, (int fd, const char *path, int flags, mode_t mode),
     (fd, path, flags, mode))
LOOK(int, __open_2, (const char *path, int flags), (path, flags))
LOOK(int, __open64_2, (const char *path, int flags), (path, flags))
LOOK(int, __openat_2, (int fd, const char *path, int flags), (fd, path, flags))
LOOK(int, __openat64_2, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(CLASS_LOOK, DIR *, NULL, fdopendir, (int fd), (fd))
WRAP(CLASS_LOOK, struct dirent *, NULL, readdir, (DIR * dir), (dir))
WRAP(CLASS_LOOK, struct dirent64 *, NULL, readdir64, (DIR * dir), (dir))

/* ---- names */

CHANGE(int, mkdir, (const char *path, mode_t mode), (path, mode))
CHANGE(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
CHANGE(int, mknodat, (int fd, const char *path, mode_t mode, dev_t device), (fd, path, mode, device))
CHANGE(int, symlinkat, (const char *target, int fd, const char *path), (target, fd, path))
CHANGE(int, linkat, (int fd, const char *path, int to_fd, const char *to, int flags),
       (fd, path, to_fd, to, flags))
CHANGE(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
CHANGE(int, renameat, (int fd, const char *path, int to_fd, const char *to), (fd, path, to_fd, to))
CHANGE(int, renameat2, (int fd, const char *path, int to_fd, const char *to, unsigned flags),
       (fd, path, to_fd, to, flags))

/* ---- attributes */

CHANGE(int, chmod, (const char *path, mode_t mode), (path, mode))
CHANGE(int, fchmod, (int fd, mode_t mode), (fd, mode))
CHANGE(int, fchmodat, (int fd, const char *path, mode_t mode, int flags), (fd, path, mode, flags))
CHANGE(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
CHANGE(int, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
       (fd, path, uid, gid, flags))
CHANGE(int, futimens, (int fd, const struct timespec *times), (fd, times))
CHANGE(int, utimensat, (int fd, const char *path, const struct timespec *times, int flags),
       (fd, path, times, flags))
CHANGE(int, setxattr, (const char *path, const char *name, const void *value, size_t size, int flags),
       (path, name, value, size, flags))
CHANGE(int, lsetxattr, (const char *path, const char *name, const void *value, size_t size, int flags),
       (path, name, value, size, flags))
CHANGE(int, fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
       (fd, name, value, size, flags))
CHANGE(int, removexattr, (const char *path, const char *name), (path, name))
CHANGE(int, lremovexattr, (const char *path, const char *name), (path, name))
CHANGE(int, fremovexattr, (int fd, const char *name), (fd, name))
LOOK(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size),
     (path, name, value, size))
LOOK(ssize_t, lgetxattr, (const char *path, const char *name, void *value, size_t size),
     (path, name, value, size))
LOOK(ssize_t, listxattr, (const char *path, char *list, size_t size), (path, list, size))
LOOK(ssize_t, llistxattr, (const char *path, char *list, size_t size), (path, list, size))
LOOK(int, stat64, (const char *path, void *st), (path, st))
LOOK(int, fstat64, (int fd, void *st), (fd, st))
LOOK(int, fstatat64, (int fd, const char *path, void *st, int flags), (fd, path, st, flags))
LOOK(int, statx, (int fd, const char *path, int flags, unsigned mask, void *st), (fd, path, flags, mask, st))
LOOK(int, fstatfs64, (int fd, void *st), (fd, st))
LOOK(int, fstatvfs64, (int fd, void *st), (fd, st))
LOOK(int, faccessat, (int fd, const char *path, int mode, int flags), (fd, path, mode, flags))
LOOK(ssize_t, readlink, (const char *path, char *buf, size_t size), (path, buf, size))
LOOK(ssize_t, readlinkat, (int fd, const char *path, char *buf, size_t size), (fd, path, buf, size))

/* ---- content */

CHANGE(ssize_t, write, (int fd, const void *buf, size_t size), (fd, buf, size))
CHANGE(ssize_t, pwrite, (int fd, const void *buf, size_t size, off_t at), (fd, buf, size, at))
CHANGE(ssize_t, pwrite64, (int fd, const void *buf, size_t size, off_t at), (fd, buf, size, at))
CHANGE(int, ftruncate, (int fd, off_t size), (fd, size))
CHANGE(int, ftruncate64, (int fd, off_t size), (fd, size))
CHANGE(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
CHANGE(int, fallocate64, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
READ(CLASS_CHANGE, copy_file_range,
     (int from, off_t *from_at, int to, off_t *to_at, size_t size, unsigned flags),
     (from, from_at, to, to_at, size, flags))
CHANGE(int, fsync, (int fd), (fd))
CHANGE(int, fdatasync, (int fd), (fd))
CHANGE(int, syncfs, (int fd), (fd))
CHANGE(int, sync_file_range, (int fd, off_t at, off_t size, unsigned flags), (fd, at, size, flags))
READ(CLASS_LOOK, read, (int fd, void *buf, size_t size), (fd, buf, size))
READ(CLASS_LOOK, pread, (int fd, void *buf, size_t size, off_t at), (fd, buf, size, at))
READ(CLASS_LOOK, pread64, (int fd, void *buf, size_t size, off_t at), (fd, buf, size, at))
READ(CLASS_LOOK, preadv64v2, (int fd, const struct iovec *iov, int n, off_t at, int flags),
     (fd, iov, n, at, flags))
READ(CLASS_LOOK, splice, (int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags),
     (from, from_at, to, to_at, size, flags))
LOOK(off_t, lseek64, (int fd, off_t at, int whence), (fd, at, whence))

/* ---- descriptors, threads, memory */

LOOK(int, dup3, (int fd, int to, int flags), (fd, to, flags))
LOOK(int, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(CLASS_LOOK, void *, MAP_FAILED, mmap64, (void *at, size_t size, int prot, int flags, int fd, off_t off),
     (at, size, prot, flags, fd, off))
WRAP(CLASS_MEMORY, int, EAGAIN, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attr, void *(*run)(void *), void *data),
     (thread, attr, run, data))
MEMORY(strdup, (const char *text), (text))
MEMORY(strndup, (const char *text, size_t size), (text, size))
MEMORY(reallocarray, (void *p, size_t n, size_t size), (p, n, size))

int wrap_fcntl64(int fd, int command, uintptr_t arg) __asm__("fcntl64");
int wrap_fcntl64(int fd, int command, uintptr_t arg)
{
    static int (*real)(int, int, uintptr_t);

    if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) &&
        before("fcntl64", CLASS_LOOK, __builtin_return_address(0)) == FAIL)
        return -1;
    if (!real)
        real = next("fcntl64");
    return real(fd, command, arg);
}

/* Calls that libc has no function for: by their numbers, which are the same on all architectures of today. */
static const struct {
    long number;
    const char *name;
    unsigned class;
} numbers[] = {
    {437, "openat2", CLASS_LOOK},      {463, "setxattrat", CLASS_CHANGE},    {464, "getxattrat", CLASS_LOOK},
    {465, "listxattrat", CLASS_LOOK},  {466, "removexattrat", CLASS_CHANGE}, {452, "fchmodat2", CLASS_CHANGE},
    {468, "file_getattr", CLASS_LOOK},
};

long wrap_syscall(long n, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long wrap_syscall(long n, long a, long b, long c, long d, long e, long f)
{
    static long (*real)(long, long, long, long, long, long, long);
    enum verdict v = GO;
    long r;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].number == n)
            v = before(numbers[i].name, numbers[i].class, __builtin_return_address(0));
    if (v == FAIL)
        return -1;
    if (!real)
        real = next("syscall");
    r = real(n, a, b, c, d, e, f);
    after(v);
    return r;
}

/* dlsym itself takes memory, so these go by glibc's own names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    return before("malloc", CLASS_MEMORY, __builtin_return_address(0)) == FAIL ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return before("calloc", CLASS_MEMORY, __builtin_return_address(0)) == FAIL ? NULL
                                                                               : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return before("realloc", CLASS_MEMORY, __builtin_return_address(0)) == FAIL ? NULL
                                                                                : __libc_realloc(p, size);
}
