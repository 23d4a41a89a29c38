/* SPDX-License-Identifier: MIT
 *
 * Requests to stop. SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 set a flag and do nothing else; the loop
 * looks at it where it can stop. */
#ifndef DTRAIN_SIGNALS_H
#define DTRAIN_SIGNALS_H

/* Catches the four signals from now on. */
void signals_catch(void);

/* The signal that came last; 0 where none did. */
int signals_received(void);

#endif
