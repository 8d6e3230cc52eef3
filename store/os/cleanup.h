/* SPDX-License-Identifier: Apache-2.0 */
/* Clean-up by scope: a variable declared with one of these is released when it goes out of scope;
 * `steal_*` transfers ownership. Clean-up preserves errno. */
#ifndef MICA_OS_CLEANUP_H
#define MICA_OS_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(f) __attribute__((cleanup(f)))

static inline void cleanup_free_p(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_fd_p(const int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

static inline void cleanup_dir_p(DIR **d)
{
    if (*d) {
        int saved = errno;
        closedir(*d);
        errno = saved;
    }
}

#define cleanup_free cleanup(cleanup_free_p)
#define cleanup_fd   cleanup(cleanup_fd_p)
#define cleanup_dir  cleanup(cleanup_dir_p)

/* Returns the descriptor and sets the variable to -1, so that the scope does not close it. */
static inline int steal_fd(int *fd)
{
    int r = *fd;
    *fd = -1;
    return r;
}

static inline void *steal_pointer(void *p)
{
    void *r = *(void **)p;
    *(void **)p = NULL;
    return r;
}

#define steal_ptr(p) ((__typeof__(*(p)))steal_pointer(p))

#endif
