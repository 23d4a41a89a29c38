/* SPDX-License-Identifier: MIT
 *
 * Processes on this host that have a certain entry in their environment, whoever has started them.
 * A launcher that is a client only, as srun is, has a daemon start its processes, with its own
 * environment: they are nobody's descendants. */
#ifndef DTRAIN_MARKED_H
#define DTRAIN_MARKED_H

/* Kills the processes with the entry NAME=VALUE, other than this one, and waits until none is left.
 * Those of other users are out of reach. Does not return while one of this user cannot be killed.
 */
void marked_kill(const char *name, const char *value);

#endif
