/* SPDX-License-Identifier: Apache-2.0 */
/* What people type: names of images, sources, `IMAGE[:PATH]`. Pure. */
#ifndef MICA_IMAGE_REFERENCE_H
#define MICA_IMAGE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

/* A valid name of an image in the store: NAME[:TAG], at most 255 bytes, of the characters that OCI and docker
 * references use ([A-Za-z0-9._-/:@+], starting with a letter or digit, no "..", no "//", not itself a
 * digest). Names are kept as they are given, "localhost/" and "docker.io/" included. `latest` is added to
 * nothing, but NAME and NAME:latest are one name; looking one up finds either, then both behind localhost/,
 * docker.io/library/ and docker.io/, then what docker would read as the same. */
int reference_check(const char *name, struct err *err);

/* A name that docker and podman take from an archive (distribution's reference): [HOST[:PORT]/]PATH[:TAG], of
 * which PATH is in small letters. -EINVAL with the rule. */
int reference_check_docker(const char *name, struct err *err);

/* The parts of a name as docker and podman read it (distribution's reference.ParseNormalizedNamed), which make
 * of "debian" "docker.io/library/debian:latest". */
struct reference {
    const char *host; /* "docker.io" where none is said */
    size_t host_len;
    bool library;     /* "library/" comes before the path */
    const char *path; /* in the name, as all below */
    size_t path_len;
    const char *tag; /* "latest" where none is said */
    size_t tag_len;
    const char *digest; /* ALG:HEX behind an "@", or NULL */
};
/* Points into `name`, which reference_check takes. Pure. */
struct reference reference_parse(const char *name);
/* Are both names of the same image for docker and podman? Digests do not count. */
bool reference_is_same(const char *a, const char *b);

/* Are they one name, with ":latest" or without? */
bool reference_is_one(const char *a, const char *b);
/* The same repository, whatever the tags? */
bool reference_is_same_repository(const char *a, const char *b);

enum source_kind {
    SOURCE_DETECT, /* a bare path */
    SOURCE_OCI,
    SOURCE_OCI_ARCHIVE,
    SOURCE_DOCKER_ARCHIVE,
    SOURCE_DIR, /* skopeo's dir: */
    SOURCE_STDIN,
};

/* A parsed SOURCE argument. Strings are fresh memory; source_ref_free. */
struct source_ref {
    enum source_kind kind;
    char *path;
    char *tag; /* NULL when none was given; an "@N" index is kept in here with its "@" */
};

/* Parses `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`, `dir:DIR`, `-` or a bare
 * path. PATH ends at the first ":" behind the transport, as in containers-transports(5); a bare path is the
 * whole word. An unknown transport such as `docker://` is an error that says what is understood. */
int source_ref_parse(const char *arg, struct source_ref *ret, struct err *err);
/* Does it begin with a transport of other tools? */
bool source_ref_is_foreign(const char *arg);
void source_ref_free(struct source_ref *s);

/* What of `WORD` could be an image and what a path in it: image names hold ":", so `debian:12:/etc` has
 * several readings. Calls `exists` for the candidates, longest first, that end before a ":/" or at the end of
 * the word; the first that exists wins. Without any, the split is before the first ":/" (or none) and 0 is
 * returned all the same. *ret_image is fresh memory, *ret_path points into `word` ("/" when there is none).
 */
int reference_split_path(const char *word, bool (*exists)(const char *image, void *ctx), void *ctx,
                         char **ret_image, const char **ret_path);

#endif
