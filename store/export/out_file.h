/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears whole or not at all, even if its writer is killed. It has no name until it is
 * complete (O_TMPFILE); on file systems without that, it has a temporary name beside its own. */
#ifndef MICA_EXPORT_OUT_FILE_H
#define MICA_EXPORT_OUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct out_file {
    int fd;                       /* open for writing */
    int dir;                      /* borrowed */
    const char *name, *temporary; /* borrowed */
    int named;                    /* it has the temporary name */
};

/* Begins file `name` in directory `dir`. `temporary` is a name there that no one else uses at the same
 * time; removes an earlier writer's file of that name. End with out_file_publish or out_file_drop. */
int out_file_begin(int dir, const char *name, const char *temporary, mode_t mode, struct out_file *ret);
/* Syncs the file and renames it to its name, replacing an existing file. Drops it on failure. */
int out_file_publish(struct out_file *f);
void out_file_drop(struct out_file *f);

/* Writes a whole text as such a file. */
int out_file_text(int dir, const char *name, const char *temporary, const char *text, size_t len,
                  mode_t mode);

#endif
