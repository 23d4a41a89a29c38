/* SPDX-License-Identifier: MIT */
#ifndef DTRAIN_CLOCK_H
#define DTRAIN_CLOCK_H

/* Seconds since some moment, the same for all processes of a host. They go on evenly when the
 * system's time is set. */
double clock_seconds(void);

#endif
