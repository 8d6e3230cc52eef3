/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals that the daemon obeys: SIGTERM, SIGINT and SIGHUP end it, SIGUSR1 asks for its statistics.
 *
 * They are noticed by the main thread when its read of the FUSE device is interrupted. A signal that comes
 * just before that read would wait for the next request, so each sets an alarm that interrupts again until it
 * has been noticed.
 */
#ifndef MICA_GLUE_SIGNALS_H
#define MICA_GLUE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

int signals_install(void);
bool signals_end_wanted(void);
bool signals_report_wanted(void); /* once for each time that it was asked for */

/* For other threads: blocks every signal, so that all of them reach the main thread. *ret_old for
 * pthread_sigmask. */
void signals_block(sigset_t *ret_old);

#endif
