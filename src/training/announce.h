/* SPDX-License-Identifier: MIT
 *
 * What a run prints when it is finished. */
#ifndef DTRAIN_ANNOUNCE_H
#define DTRAIN_ANNOUNCE_H

#include "trainer.h"

/* Prints, on rank 0, the scores, times, files and digests of the run, and a warning if the run may
 * not have ended as intended. */
void announce_result(const struct trainer *trainer);

/* Collective. STATUS_FAILED if a file of the run is missing; the line names all that are. */
enum status announce_lost_files(const struct trainer *trainer, struct error *error);

#endif
