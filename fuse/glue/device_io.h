/* SPDX-License-Identifier: Apache-2.0 */
/* Interception of the library's reads and writes of the FUSE device: completes the reply to INIT
 * (init_reply.h), and lets the receiver take over other replies (receive.h). */
#ifndef MICA_GLUE_DEVICE_IO_H
#define MICA_GLUE_DEVICE_IO_H

#include <fuse_lowlevel.h>

/* Call after mounting, before the first request is received; the session's userdata must be a struct glue. 0
 * or a negative errno. */
int device_io_install(struct fuse_session *fuse);

#endif
