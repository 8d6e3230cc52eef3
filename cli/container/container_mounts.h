/* SPDX-License-Identifier: Apache-2.0 */
/* Parse the values of -v, --mount, --tmpfs and --device in podman's syntax. */
#ifndef MICA_CONTAINER_CONTAINER_MOUNTS_H
#define MICA_CONTAINER_CONTAINER_MOUNTS_H

#include "bundle/wish.h"
#include "os/err.h"

/* Each returns a volume with absolute paths whose strings are fresh memory (volume_clear). -EINVAL, or the
 * error of the lookup of the source, with a line. */
int volume_parse(const char *text, struct bundle_volume *ret, struct err *err);       /* DIR:PATH[:ro] */
int volume_parse_mount(const char *text, struct bundle_volume *ret, struct err *err); /* type=bind,src=,... */
int volume_parse_tmpfs(const char *text, struct bundle_volume *ret, struct err *err); /* PATH[:OPTION,...] */
int volume_parse_device(const char *text, struct bundle_volume *ret, struct err *err); /* NODE[:PATH][:rwm] */
void volume_clear(struct bundle_volume *v);

#endif
