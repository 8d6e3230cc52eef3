/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C during long work: SIGINT, SIGTERM and SIGHUP ask the work to stop and to undo its changes; a second signal
 * ends the program at once, which leaves the store consistent, too. An ignored signal stays ignored, as under
 * nohup(1).
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
