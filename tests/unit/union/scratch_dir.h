/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for one test. What fails here fails the test. */
#ifndef MICA_TEST_SCRATCH_DIR_H
#define MICA_TEST_SCRATCH_DIR_H

struct scratch_dir {
    char path[128];
    int fd;
};

void scratch_make(struct scratch_dir *s);
void scratch_remove(struct scratch_dir *s);

/* A directory in it, open. */
int scratch_mkdir(const struct scratch_dir *s, const char *name);
/* A file with this content. */
void scratch_write(int dirfd, const char *name, const char *content);
/* Does a directory hold nothing? */
int scratch_is_empty(int dirfd);

#endif
