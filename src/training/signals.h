/* SPDX-License-Identifier: MIT
 *
 * Requests to stop. SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 set a flag; training looks at it where it
 * can stop. A first SIGINT also says so on standard error, and a second one ends the process with
 * STATUS_INTERRUPTED. */
#ifndef DTRAIN_SIGNALS_H
#define DTRAIN_SIGNALS_H

#include <stdbool.h>

/* Catches the four signals from now on. `speaks`: whether this process is the one that prints. */
void signals_catch(bool speaks);

/* The signal that came last; 0 where none did. */
int signals_received(void);

/* Whether any came. */
bool signals_ask_to_stop(void);

#endif
