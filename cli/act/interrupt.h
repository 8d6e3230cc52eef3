/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C during long work: SIGINT, SIGTERM and SIGHUP ask the work to stop, so that it can leave everything
 * as it was; a second signal ends the program at once (which the store survives as well). A signal that was
 * ignored stays ignored, as nohup(1) wants it.
 */
#ifndef MICA_ACT_INTERRUPT_H
#define MICA_ACT_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

void interrupt_catch(void);
const atomic_bool *interrupt_flag(void); /* true after a signal */
/* Exit status of a shell for a program that the signal killed (130 for SIGINT); 0 without a signal. */
int interrupt_status(void);

#endif
