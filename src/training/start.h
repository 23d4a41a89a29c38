/* SPDX-License-Identifier: MIT
 *
 * What a run prints when it begins. */
#ifndef DTRAIN_START_H
#define DTRAIN_START_H

#include "trainer.h"

/* Collective. Rank 0 prints the method, the data, the settings that differ from their defaults and
 * where the run begins, unless --quiet; doubts about the data in any case. */
void start_announce(const struct trainer *trainer);

#endif
