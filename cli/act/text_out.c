/* SPDX-License-Identifier: Apache-2.0 */
#include "act/text_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "export/out_file.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "os/trusted.h"

static int write_file(const struct trusted *t, const char *text, size_t len)
{
    cleanup_fd int dir = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char temporary[64];

    if (dir < 0)
        return -errno;
    snprintf(temporary, sizeof temporary, ".mica-%ld-%lx", (long)getpid(), (unsigned long)time(NULL));
    return out_file_text(dir, t->name, temporary, text, len, 0666);
}

/* In a sticky directory another user's pipe would give that user the text. */
static int write_special(const struct trusted *t, const char *text, size_t len)
{
    char own[32];

    if (S_ISFIFO(t->st.st_mode) && trusted_is_foreign(&t->dir_st, &t->st))
        return -EACCES;
    snprintf(own, sizeof own, "/proc/self/fd/%d", t->file);
    cleanup_fd int fd = open(own, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd_write(fd, text, len);
}

int text_out(const char *path, const char *text, size_t len, struct err *err)
{
    struct trusted t;
    int r;

    if (strcmp(path, "-") == 0) {
        r = fd_write(STDOUT_FILENO, text, len);
        return r < 0 ? err_errno(err, -r, "cannot write to standard output") : 0;
    }
    r = *path && path[strlen(path) - 1] == '/' ? -EISDIR : trusted_find(path, &t);
    if (r < 0)
        return err_errno(err, -r, "cannot write %s", path);
    if (t.file < 0 || S_ISREG(t.st.st_mode))
        r = write_file(&t, text, len);
    else
        r = S_ISDIR(t.st.st_mode) ? -EISDIR : write_special(&t, text, len);
    trusted_close(&t);
    return r < 0 ? err_errno(err, -r, "cannot write %s", path) : 0;
}
