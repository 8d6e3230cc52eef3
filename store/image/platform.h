/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms `OS/ARCH[/VARIANT]` (image-spec image-index.md; names of Go's GOOS and GOARCH). Pure. */
#ifndef MICA_IMAGE_PLATFORM_H
#define MICA_IMAGE_PLATFORM_H

#include <stdbool.h>

#include "os/err.h"

struct platform {
    char os[32], arch[32], variant[32]; /* empty = not said */
};

void platform_host(struct platform *ret);
int platform_parse(const char *s, struct platform *ret, struct err *err);
/* Does an image of `have` run on `want`? Exact os and arch; variants: none = the architecture's default
 * (arm64 v8, arm v7); arm v7 also runs v6 and v5. */
bool platform_matches(const struct platform *have, const struct platform *want);
const char *platform_string(const struct platform *p, char buf[100]);

#endif
