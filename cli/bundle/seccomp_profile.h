/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_BUNDLE_SECCOMP_PROFILE_H
#define MICA_BUNDLE_SECCOMP_PROFILE_H

#include "bundle/seccomp.h"

/* Built-in profile in the format of the file; NULL without memory. */
json_t *seccomp_profile(void);

#endif
