/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_BUNDLE_SECCOMP_FAMILIES_H
#define MICA_BUNDLE_SECCOMP_FAMILIES_H

#include "bundle/seccomp.h"

/* Remove the socket families that no network namespace confines from a resolved filter: AF_VSOCK, AF_IUCV,
 * AF_QIPCRTR. Pure. */
int seccomp_without_unheld(json_t *filter);

#endif
