/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a tar archive (POSIX.1-2001 pax, on the ustar form). What an entry says gives the same bytes always
 * and everywhere, because layers are named by the digest of these bytes: no names of users or groups, no time
 * but mtime, records in a fixed order and only where the ustar header has no room. libarchive makes other
 * choices from version to version, so it is not asked.
 *
 * Contents that have holes are written in the form GNU.sparse 1.0, which libarchive, GNU tar and the
 * archive/tar of Go read.
 */
#ifndef MICA_TAR_PAX_WRITER_H
#define MICA_TAR_PAX_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct pax_xattr {
    const char *name;
    const void *value;
    size_t len;
};

struct pax_entry {
    const char *path;
    uint32_t mode; /* with the type, as st_mode; sockets are none: -EINVAL */
    uint32_t uid, gid;
    uint32_t rdev_major, rdev_minor;
    uint64_t size; /* of a regular file */
    struct timespec mtime;
    const char *target;             /* of a symbolic link */
    const char *hardlink;           /* another name of the file that came before; nothing else counts then */
    const struct pax_xattr *xattrs; /* in the order in which they are to stand */
    size_t n_xattrs;
};

struct pax_writer;

/* Takes the next bytes of the archive; 0 or a negative errno. */
typedef int (*pax_write_fn)(void *ctx, const void *data, size_t len);

struct pax_writer *pax_writer_new(pax_write_fn write, void *ctx); /* NULL without memory */
void pax_writer_free(struct pax_writer *w);                       /* NULL-safe */

/* Writes an entry without a content. */
int pax_writer_add(struct pax_writer *w, const struct pax_entry *e);
/* Writes a regular file with the `e->size` bytes at `offset` of `fd`, as holes what are holes there. -EIO
 * when there are less. */
int pax_writer_add_file(struct pax_writer *w, const struct pax_entry *e, int fd, uint64_t offset);
/* The same with the bytes at hand. */
int pax_writer_add_bytes(struct pax_writer *w, const struct pax_entry *e, const void *data);
/* The same with bytes that come by and by: begin, more until there are `e->size`, finish (-EIO when there
 * were not). */
int pax_writer_begin(struct pax_writer *w, const struct pax_entry *e);
int pax_writer_more(struct pax_writer *w, const void *data, size_t len);
int pax_writer_finish(struct pax_writer *w);
/* Writes the end of the archive. */
int pax_writer_end(struct pax_writer *w);

#endif
