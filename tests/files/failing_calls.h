/* SPDX-License-Identifier: MIT
 *
 * System calls that fail on demand. A test that is linked with --wrap=open, =write, =fsync,
 * =rename, =close, =readdir and =realloc gets these in place of the system's. */
#ifndef DTRAIN_FAILING_CALLS_H
#define DTRAIN_FAILING_CALLS_H

/* How the chosen call goes wrong. SHORT_WRITE: one byte is written; INTERRUPTED: EINTR once. Both
 * are no failure of the whole. */
enum fault { FAULT_NONE, FAULT_NO_SPACE, FAULT_IO, FAULT_INTERRUPTED, FAULT_SHORT_WRITE };

/* From now on call number `call` (0 first) of these goes wrong; FAULT_NONE: none. */
void failing_calls_set(enum fault fault, int call);

/* How many calls there were since. */
int failing_calls_made(void);

#endif
