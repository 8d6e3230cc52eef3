/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_CONTAINER_SIGNAL_NAME_H
#define MICA_CONTAINER_SIGNAL_NAME_H

/* "SIGTERM", "term", "15", "SIGRTMIN+3": the number, or 0 for what is no signal. Pure. */
int signal_number(const char *name);

#endif
