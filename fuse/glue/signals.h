/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals of the daemon: SIGTERM, SIGINT and SIGHUP end it, SIGUSR1 asks for its statistics.
 *
 * The main thread notices them when its read of the FUSE device is interrupted. A signal just before that
 * read would wait for the next request, so each handler sets an alarm that interrupts again until it is
 * noticed.
 */
#ifndef MICA_GLUE_SIGNALS_H
#define MICA_GLUE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

int signals_install(void);
bool signals_end_wanted(void);
bool signals_report_wanted(void); /* true once for each request */

/* Block every signal in another thread, so that all reach the main thread. *ret_old for pthread_sigmask. */
void signals_block(sigset_t *ret_old);

#endif
