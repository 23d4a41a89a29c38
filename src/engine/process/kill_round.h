/* SPDX-License-Identifier: MIT
 *
 * Killing goes in rounds until nothing is left: new processes may be started meanwhile. */
#ifndef DTRAIN_KILL_ROUND_H
#define DTRAIN_KILL_ROUND_H

/* Waits, after round number `round`, from 0 on, until what was killed may be gone. */
void kill_round_wait(int round);

#endif
