/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_BRANCH_LOOK_H
#define MICA_UNION_BRANCH_LOOK_H

#include "union/branch.h"

/* Open a branch without writing to it and without its lock: a daemon may be using it. `override` says where
 * owners are kept. */
int branch_open_to_look(const struct branch_config *config, struct branch **ret, struct err *err);

#endif
