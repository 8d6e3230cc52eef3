/* SPDX-License-Identifier: Apache-2.0 */
/* Names that users type: images, `IMAGE[:PATH]` (reference.c), sources (source_ref.c). Pure. */
#ifndef MICA_IMAGE_REFERENCE_H
#define MICA_IMAGE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "os/err.h"

/* Checks a name of an image in the store: NAME[:TAG], at most 255 bytes, of the characters that OCI and
 * docker references use ([A-Za-z0-9._-/:@+], starting with a letter or digit, no "..", no "//", not itself
 * a digest). Names are stored as given, "localhost/" and "docker.io/" included. `latest` is never added,
 * but NAME and NAME:latest are one name; a lookup finds either, then both behind localhost/,
 * docker.io/library/ and docker.io/, then names that docker reads as the same. -EINVAL with a line. */
int reference_check(const char *name, struct err *err);

/* Checks a name that docker and podman accept in an archive (distribution's reference):
 * [HOST[:PORT]/]PATH[:TAG] with PATH in lower case. -EINVAL with the rule. */
int reference_check_docker(const char *name, struct err *err);

/* The parts of a name as docker and podman read it (distribution's reference.ParseNormalizedNamed):
 * "debian" becomes "docker.io/library/debian:latest". */
struct reference {
    const char *host; /* "docker.io" if none is given */
    size_t host_len;
    bool library;     /* "library/" precedes the path */
    const char *path; /* points into the name, as all below */
    size_t path_len;
    const char *tag; /* "latest" if none is given */
    size_t tag_len;
    const char *digest; /* ALG:HEX after an "@", or NULL */
};
/* Splits `name`, which reference_check accepts. The result points into it. Pure. */
struct reference reference_parse(const char *name);
/* Do docker and podman take both names for one image? Ignores digests. */
bool reference_is_same(const char *a, const char *b);

/* Are they equal, apart from ":latest"? */
bool reference_is_one(const char *a, const char *b);
/* Are they in the same repository, whatever the tags? */
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
    char *tag; /* NULL if none was given; an "@N" index includes its "@" */
};

/* Parses `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`, `dir:DIR`, `-` or a bare
 * path. PATH ends at the first ":" after the transport, as in containers-transports(5); a bare path is the
 * whole word. An unknown transport such as `docker://` is an error that lists the known ones. */
int source_ref_parse(const char *arg, struct source_ref *ret, struct err *err);
/* Does it begin with a transport of other tools? */
bool source_ref_is_foreign(const char *arg);
void source_ref_free(struct source_ref *s);

/* Splits `WORD` into an image and a path in it: image names contain ":", so `debian:12:/etc` has several
 * readings. Calls `exists` for the candidates, longest first, that end before a ":/" or at the end of the
 * word; the first existing one wins. If none exists, splits before the first ":/" (if any) and still
 * returns 0. *ret_image is fresh memory, *ret_path points into `word` ("/" if there is none). */
int reference_split_path(const char *word, bool (*exists)(const char *image, void *ctx), void *ctx,
                         char **ret_image, const char **ret_path);

#endif
