/* SPDX-License-Identifier: MIT
 *
 * A clock for measuring and waiting. */
#ifndef DTRAIN_CLOCK_H
#define DTRAIN_CLOCK_H

/* Seconds since some moment that is the same for all processes of a host. Setting the system's time
 * does not change them. */
double clock_seconds(void);

/* Sleeps for that long, whatever signals arrive. May be called from a signal handler. */
void clock_sleep(double seconds);

#endif
