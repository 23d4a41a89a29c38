/* SPDX-License-Identifier: MIT
 *
 * System calls that fail on demand. A test that is linked with --wrap=open, =write, =fsync,
 * =rename, =close, =readdir and =realloc gets these in place of the system's. */
#ifndef DTRAIN_FAILING_CALLS_H
#define DTRAIN_FAILING_CALLS_H

/* How the chosen call goes wrong. SHORT_WRITE writes one byte, and INTERRUPTED gives EINTR once:
 * after these two, the caller must go on. */
enum fault { FAULT_NONE, FAULT_NO_SPACE, FAULT_IO, FAULT_INTERRUPTED, FAULT_SHORT_WRITE };

/* Makes call number `call` (0 first) from now on go wrong; none with FAULT_NONE. */
void failing_calls_set(enum fault fault, int call);

/* The number of calls since then. */
int failing_calls_made(void);

#endif
