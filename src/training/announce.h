/* SPDX-License-Identifier: MIT
 *
 * What a run says of itself when it is finished. */
#ifndef DTRAIN_ANNOUNCE_H
#define DTRAIN_ANNOUNCE_H

#include "trainer.h"

/* Prints, on rank 0, the scores, times, files and digests of the run, and a warning where its end
 * may not be what was meant. */
void announce_result(const struct trainer *trainer);

/* Collective. STATUS_FAILED where a file of the run is no longer there: the line names all that are
 * lost. */
enum status announce_lost_files(const struct trainer *trainer, struct error *error);

#endif
