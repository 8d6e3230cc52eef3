/* SPDX-License-Identifier: Apache-2.0 */
/* A crash gives the terminal back: handlers of the signals of faults write what ends the screen, and then let the fault end
 * the process. */
#ifndef MICA_SCREEN_CRASH_H
#define MICA_SCREEN_CRASH_H

#include <termios.h>

/* `before`: the modes to restore; `text`: what ends the screen. */
void crash_arm(const struct termios *before, const char *text);
void crash_disarm(void);

#endif
