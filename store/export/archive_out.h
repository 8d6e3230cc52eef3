/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_EXPORT_ARCHIVE_OUT_H
#define MICA_EXPORT_ARCHIVE_OUT_H

#include "export/blobs_out.h"

int export_archive(struct export *x);

#endif
