/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_CONTAINER_SIGNAL_NAME_H
#define MICA_CONTAINER_SIGNAL_NAME_H

/* Parse "SIGTERM", "term", "15" or "SIGRTMIN+3". Returns the signal number, 0 if it is no signal. Pure. */
int signal_number(const char *name);

#endif
