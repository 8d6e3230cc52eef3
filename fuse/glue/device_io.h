/* SPDX-License-Identifier: Apache-2.0 */
/* The library's reads and writes of the FUSE device pass through here: the answer to INIT is completed
 * (init_reply.h), and the receiver may take others over (receive.h). */
#ifndef MICA_GLUE_DEVICE_IO_H
#define MICA_GLUE_DEVICE_IO_H

#include <fuse_lowlevel.h>

/* To be called when the session is mounted and nothing has been received; the session's userdata is a struct
 * glue. 0 or a negative errno. */
int device_io_install(struct fuse_session *fuse);

#endif
