/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that appears whole or not at all, also when its writer is killed: it has no name until it is
 * complete, where the file system knows such files, and one beside its own where it does not.
 */
#ifndef MICA_EXPORT_OUT_FILE_H
#define MICA_EXPORT_OUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct out_file {
    int fd;                       /* to be written to */
    int dir;                      /* borrowed */
    const char *name, *temporary; /* borrowed */
    int named;                    /* it has its temporary name */
};

/* Begins file `name` in directory `dir`. `temporary` is a name there that nobody else uses meanwhile; what an
 * earlier writer left under it goes. Ended by out_file_publish or out_file_drop. */
int out_file_begin(int dir, const char *name, const char *temporary, mode_t mode, struct out_file *ret);
/* Makes it durable and gives it its name, in the place of what has that now. On failure it is dropped. */
int out_file_publish(struct out_file *f);
void out_file_drop(struct out_file *f);

/* All of it for a text. */
int out_file_text(int dir, const char *name, const char *temporary, const char *text, size_t len,
                  mode_t mode);

#endif
