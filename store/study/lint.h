/* SPDX-License-Identifier: Apache-2.0 */
/* Finds violations of the OCI image specification in an image's layers, and content that surprises tools. */
#ifndef MICA_STUDY_LINT_H
#define MICA_STUDY_LINT_H

#include "study/study.h"

enum lint_severity {
    LINT_NOTE,    /* worth knowing */
    LINT_WARNING, /* surprises tools or people */
    LINT_ERROR,   /* breaks the specification */
};

struct lint_finding {
    const char *rule;
    enum lint_severity severity;
    uint32_t layer;   /* bottom = 0; STUDY_NEVER: the whole image */
    const char *path; /* valid during the call; NULL for none */
    const char *text; /* the finding */
};

typedef int (*lint_tell_fn)(void *ctx, const struct lint_finding *f);

/* Walks all of `s`. A negative return value of `tell` ends it. Returns as study_next. */
int study_lint(struct study *s, lint_tell_fn tell, void *ctx);

/* Is this the usual name of a file with a secret (a private key, a password)? `path` is "/a/b". */
bool lint_is_secret(const char *path);

#endif
