/* SPDX-License-Identifier: Apache-2.0 */
/* What a container is shown beside its image: the values of -v, --mount, --tmpfs and --device, as podman has
 * them. */
#ifndef MICA_CONTAINER_CONTAINER_MOUNTS_H
#define MICA_CONTAINER_CONTAINER_MOUNTS_H

#include "bundle/wish.h"
#include "os/err.h"

/* Each gives a volume whose strings are fresh memory (volume_clear), with absolute paths. -EINVAL or what the
 * source fails with, with a line. */
int volume_parse(const char *text, struct bundle_volume *ret, struct err *err);       /* DIR:PATH[:ro] */
int volume_parse_mount(const char *text, struct bundle_volume *ret, struct err *err); /* type=bind,src=,... */
int volume_parse_tmpfs(const char *text, struct bundle_volume *ret, struct err *err); /* PATH[:OPTION,...] */
int volume_parse_device(const char *text, struct bundle_volume *ret, struct err *err); /* NODE[:PATH][:rwm] */
void volume_clear(struct bundle_volume *v);

#endif
