/* SPDX-License-Identifier: Apache-2.0 */
/* SOURCE arguments: reader, path, and the image in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/reference.h"

#define UNDERSTOOD                                                                                           \
    "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:TAG], dir:DIR, a path, or - for standard "  \
    "input"

static const struct {
    const char *name;
    enum source_kind kind;
    bool tags;
} transports[] = {
    {"oci", SOURCE_OCI, true},
    {"oci-archive", SOURCE_OCI_ARCHIVE, true},
    {"docker-archive", SOURCE_DOCKER_ARCHIVE, true},
    {"dir", SOURCE_DIR, false},
};

/* Transports of other tools, besides all with "://". Any other word with a ":" is a path, because files
 * and images have such names. */
static const char *const foreign[] = {
    "docker-daemon", "containers-storage", "ostree", "sif", "tarball", "oci-layout", "ocidir",
};

static bool is_transport(const char *name, const char *arg, size_t len)
{
    return strlen(name) == len && memcmp(name, arg, len) == 0;
}

static bool is_foreign(const char *arg, size_t len)
{
    if (strncmp(arg + len, "://", 3) == 0)
        return strspn(arg, "abcdefghijklmnopqrstuvwxyz0123456789+.-") == len;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        if (is_transport(foreign[i], arg, len))
            return true;
    return false;
}

/* Refuses a foreign transport and names the command that makes a readable source. */
static int say_foreign(const char *arg, size_t len, struct err *err)
{
    const char *name = arg + len + 1 + strspn(arg + len + 1, "/");

    if (is_transport("docker-daemon", arg, len))
        return err_set(err, EINVAL, "\"%s\" is in the store of docker: docker save %s | mica import -", arg,
                       name);
    if (is_transport("containers-storage", arg, len))
        return err_set(err, EINVAL, "\"%s\" is in the store of podman: podman save %s | mica import -", arg,
                       name);
    if (is_transport("docker", arg, len))
        return err_set(err, EINVAL,
                       "\"%s\" is in a registry: skopeo copy %s oci:DIR:TAG fetches it, and then it is "
                       "oci:DIR:TAG",
                       arg, arg);
    return err_set(err, EINVAL, "cannot read from \"%.*s:\" (in \"%s\"); understood are %s", (int)len, arg,
                   arg, UNDERSTOOD);
}

/* "@N" chooses an image by its number and must have nothing else. */
static bool tag_is_sound(const char *tag)
{
    size_t digits;

    if (tag[0] != '@')
        return tag[0];
    digits = strspn(tag + 1, "0123456789");
    return digits > 0 && digits < 10 && !tag[1 + digits];
}

static int parse_rest(const char *arg, const char *rest, bool tags, struct source_ref *s, struct err *err)
{
    const char *colon = tags ? strchr(rest, ':') : NULL;

    if (!rest[0] || colon == rest)
        return err_set(err, EINVAL, "\"%s\" has no path behind \"%.*s\"", arg, (int)(rest - arg), arg);
    if (colon && !tag_is_sound(colon + 1))
        return err_set(err, EINVAL, "\"%s\" needs a tag or @NUMBER behind the \":\" after its path", arg);
    s->path = colon ? strndup(rest, (size_t)(colon - rest)) : strdup(rest);
    s->tag = colon ? strdup(colon + 1) : NULL;
    return s->path && (s->tag || !colon) ? 0 : -ENOMEM;
}

static int parse_source(const char *arg, struct source_ref *s, struct err *err)
{
    size_t len = strcspn(arg, ":");

    if (strcmp(arg, "-") == 0) {
        s->kind = SOURCE_STDIN;
        return parse_rest(arg, arg, false, s, err);
    }
    if (arg[len] == ':') {
        for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
            if (!is_transport(transports[i].name, arg, len))
                continue;
            s->kind = transports[i].kind;
            return parse_rest(arg, arg + len + 1, transports[i].tags, s, err);
        }
        if (is_foreign(arg, len))
            return say_foreign(arg, len, err);
    }
    if (!arg[0])
        return err_set(err, EINVAL, "the source is empty; understood are %s", UNDERSTOOD);
    s->kind = SOURCE_DETECT;
    return parse_rest(arg, arg, false, s, err);
}

bool source_ref_is_foreign(const char *arg)
{
    size_t len = strcspn(arg, ":");
    return arg[len] == ':' && is_foreign(arg, len);
}

int source_ref_parse(const char *arg, struct source_ref *ret, struct err *err)
{
    struct source_ref s = {0};
    int r = parse_source(arg, &s, err);

    if (r == -ENOMEM)
        err_errno(err, ENOMEM, "\"%s\"", arg);
    if (r < 0)
        source_ref_free(&s);
    else
        *ret = s;
    return r;
}

void source_ref_free(struct source_ref *s)
{
    if (!s)
        return;
    free(s->path);
    free(s->tag);
    *s = (struct source_ref){0};
}
