/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody wants of a container, beside what the image's config says. All of it is borrowed. */
#ifndef MICA_BUNDLE_WISH_H
#define MICA_BUNDLE_WISH_H

#include <stdbool.h>
#include <stddef.h>

struct bundle_volume {
    char *source, *destination; /* absolute */
    bool read_only;
};

struct bundle_wish {
    char **command;         /* ends with NULL; NULL or empty: the image's */
    const char *entrypoint; /* a program, or a JSON array of words; NULL: the image's, "": none */
    char **env;             /* NAME=VALUE, ends with NULL; NULL: none */
    const char *workdir;    /* NULL: the image's, like the next */
    const char *user;       /* USER[:GROUP], names or numbers */
    const char *hostname;
    bool tty, read_only, host_network;
    struct bundle_volume *volumes;
    size_t n_volumes;
};

#endif
